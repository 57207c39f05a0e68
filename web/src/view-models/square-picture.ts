import { Problem } from "../api/problem";

/** The side of a profile's picture, in pixels. */
const SIDE = 256;
/** The server's limit (PE2). */
export const AVATAR_BYTES_MAX = 256 * 1024;

/** What is kept of a picture: the largest square in its middle. */
export function middleSquare(width: number, height: number): { x: number; y: number; side: number } {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

/**
 * A picture as a profile shows it. It is drawn anew, so that nothing else of the file is sent:
 * cameras write down where and when.
 */
export async function squarePicture(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file).catch(() => {
    throw new Problem(0, "picture_unreadable", "the file is not a picture");
  });
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const { x, y, side } = middleSquare(image.width, image.height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Problem(0, "picture_unreadable", "the browser cannot draw");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x, y, side, side, 0, 0, SIDE, SIDE);
  image.close();
  // A browser that cannot write WebP gives PNG, which may be too large for a photograph.
  for (const type of ["image/webp", "image/jpeg"]) {
    const picture = await blobOf(canvas, type);
    if (picture !== null && picture.size <= AVATAR_BYTES_MAX) return picture;
  }
  throw new Problem(0, "picture_unreadable", "the picture cannot be made small enough");
}

function blobOf(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  return new Promise((resolve) => {
    canvas.toBlob(resolve, type, 0.9);
  });
}
