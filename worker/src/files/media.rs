//! What a file is, decided by its first bytes: neither its name nor its sender is believed.

use std::io::Cursor;

use exif::{In, Reader, Tag};

/// Bytes that are looked at. Cameras put a preview before an image's size, of up to 64 KB each.
pub(super) const HEAD_BYTES: usize = 256 * 1024;

/// The type of everything that is not known: a browser only saves it.
const OCTETS: &str = "application/octet-stream";

const TEXT: &str = "text/plain";

/// Images that browsers show and that cannot run anything.
const IMAGES: [&str; 5] = ["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"];

/// Other types that are told; whoever gets the file knows what opens it.
const TOLD: [&str; 18] = [
    "application/gzip",
    "application/pdf",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
    "audio/m4a",
    "audio/mpeg",
    "audio/ogg",
    "audio/x-flac",
    "audio/x-wav",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
];

/// Pixels of a side beyond which a browser shows nothing, so that nothing is laid out for them.
const SIDE_MAX: usize = 65_535;

/// What is known of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Media {
    /// The media type.
    pub(crate) media_type: &'static str,
    /// Width and height, of an image.
    pub(crate) pixels: Option<(u32, u32)>,
}

/// What a file is that begins with `head`.
pub(crate) fn media(head: &[u8]) -> Media {
    let found = infer::get(head).map(|found| found.mime_type());
    let told =
        |list: &[&'static str]| list.iter().copied().find(|media_type| found == Some(*media_type));
    if let Some(media_type) = told(&IMAGES) {
        return Media { media_type, pixels: pixels(head) };
    }
    let unknown = if is_text(head) { TEXT } else { OCTETS };
    Media { media_type: told(&TOLD).unwrap_or(unknown), pixels: None }
}

/// Whether a file of this type may be shown in place: an image that cannot run anything.
pub(super) fn is_inline(media_type: &str) -> bool {
    IMAGES.contains(&media_type)
}

/// The `Content-Type` of a file of this type.
pub(super) fn content_type(media_type: &str) -> String {
    if media_type == TEXT { format!("{TEXT}; charset=utf-8") } else { media_type.to_owned() }
}

fn pixels(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    let side = |side: usize| u32::try_from(side).ok().filter(|_| (1..=SIDE_MAX).contains(&side));
    let (width, height) = (side(size.width)?, side(size.height)?);
    Some(if lies_on_its_side(head) { (height, width) } else { (width, height) })
}

/// Whether a photo is stored as the camera was held, and shown turned by a quarter. Browsers turn
/// JPEGs by this mark; other formats have their own, which their size accounts for.
fn lies_on_its_side(head: &[u8]) -> bool {
    let is_jpeg = infer::image::is_jpeg(head);
    // Not `read_from_container`, which also reads the boxes of other formats.
    let raw = is_jpeg.then(|| exif::get_exif_attr_from_jpeg(&mut Cursor::new(head)));
    let read = raw.and_then(Result::ok).map(|raw| Reader::new().read_raw(raw));
    let exif = read.and_then(Result::ok);
    let field = exif.as_ref().and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY));
    field.and_then(|field| field.value.get_uint(0)).is_some_and(|turn| (5..=8).contains(&turn))
}

/// Whether these are letters: HTML and SVG are text, too, and nothing runs them as text. The last
/// character may be cut in two.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let whole = head.split_at_checked(error.valid_up_to()).map(|(whole, _)| whole);
            whole.and_then(|whole| std::str::from_utf8(whole).ok()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        head.extend(width.to_be_bytes());
        head.extend(height.to_be_bytes());
        head.extend(b"\x08\x02\0\0\0");
        head
    }

    fn type_of(head: &[u8]) -> &'static str {
        media(head).media_type
    }

    #[test]
    fn ht6_an_image_tells_its_size() {
        assert_eq!(
            media(&png(640, 480)),
            Media { media_type: "image/png", pixels: Some((640, 480)) }
        );
        let gif = media(b"GIF89a\x03\x00\x02\x00\x80\x00\x00");
        assert_eq!(gif, Media { media_type: "image/gif", pixels: Some((3, 2)) });
        let jpeg = media(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x05\x00\x07\x03");
        assert_eq!(jpeg, Media { media_type: "image/jpeg", pixels: Some((7, 5)) });
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x04\x40\x00\x00\0\0\0\0\0";
        assert_eq!(media(webp), Media { media_type: "image/webp", pixels: Some((5, 2)) });
    }

    /// A photo, 7 wide and 5 high as it is stored, with this mark of how it is shown.
    fn photo(turn: u8) -> Vec<u8> {
        let mut head = b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
        head.extend(b"\0\x01\x01\x12\0\x03\0\0\0\x01\0");
        head.extend([turn, 0, 0, 0, 0, 0, 0]);
        head.extend(b"\xff\xc0\x00\x11\x08\x00\x05\x00\x07\x03");
        head
    }

    #[test]
    fn ht6_a_photo_is_as_wide_as_it_is_shown() {
        for turn in 0..=9 {
            let shown = if (5..=8).contains(&turn) { (5, 7) } else { (7, 5) };
            assert_eq!(media(&photo(turn)).pixels, Some(shown), "{turn}");
        }
    }

    #[test]
    fn an_image_with_a_broken_size_is_an_image_without_one() {
        for (width, height) in [(0, 5), (u32::MAX, 5), (5, 70_000)] {
            assert_eq!(media(&png(width, height)).pixels, None, "{width} × {height}");
        }
        assert_eq!(media(b"\xff\xd8\xff\xe0"), Media { media_type: "image/jpeg", pixels: None });
    }

    #[test]
    fn ht6_what_could_run_is_text_or_octets() {
        assert_eq!(type_of(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), TEXT);
        assert_eq!(type_of(b"<!DOCTYPE html><script>alert(1)</script>"), TEXT);
        assert_eq!(type_of(b"<?xml version='1.0'?><svg/>"), TEXT);
        assert_eq!(type_of(b"#!/bin/sh\nrm -rf /"), TEXT);
        assert_eq!(type_of(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"), OCTETS);
        assert_eq!(type_of(b"<html>\0"), OCTETS);
        assert_eq!(type_of(b""), OCTETS);
    }

    #[test]
    fn ht6_well_known_files_are_told() {
        let webm = [&b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"[..], &[0; 256]].concat();
        let table: [(&[u8], &str); 6] = [
            (&webm, "video/webm"),
            (b"%PDF-1.7\n", "application/pdf"),
            (
                b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.txt",
                "application/zip",
            ),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4"),
            (b"ID3\x03\0\0\0\0\0\0", "audio/mpeg"),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0", "audio/ogg"),
        ];
        for (head, media_type) in table {
            assert_eq!(type_of(head), media_type);
        }
    }

    #[test]
    fn text_may_be_cut_within_a_letter() {
        let text = "가나다".as_bytes();
        assert_eq!(type_of(text), TEXT);
        assert_eq!(type_of(&text[..text.len() - 1]), TEXT);
        assert_eq!(type_of(&text[1..]), OCTETS);
    }

    #[test]
    fn only_images_are_shown_in_place() {
        assert!(IMAGES.into_iter().all(is_inline));
        for other in [OCTETS, TEXT, "image/svg+xml", "text/html", "application/pdf"] {
            assert!(!is_inline(other), "{other}");
        }
    }

    /// Beginnings that lead into the readers of sizes.
    const BEGINNINGS: [&[u8]; 8] = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"\xff\xd8\xff\xe1\x01\0Exif\0\0MM\0\x2a\0\0\0\x08\0\x02",
        b"RIFF\x1a\0\0\0WEBPVP8 ",
        b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x40meta\0\0\0\0",
        b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x40meta\0\0\0\0\0\0\0\x40iprp\0\0\0\x40ipco",
    ];

    proptest! {
        #[test]
        fn any_bytes_are_something(
            begin in 0..BEGINNINGS.len(),
            rest in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let head = [BEGINNINGS[begin], &rest].concat();
            let found = media(&head);
            prop_assert!(found.pixels.is_none() || is_inline(found.media_type));
        }
    }
}
