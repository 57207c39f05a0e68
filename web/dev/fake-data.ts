import type { Attachment, Message } from "../src/client/seam";

export const people = [
  { user: "0000000000000000000a", name: "김하늘" },
  { user: "0000000000000000000b", name: "Ada Lovelace" },
  { user: "0000000000000000000c", name: "박지우" },
  { user: "0000000000000000000d", name: "Grace Hopper" },
  { user: "0000000000000000000e", name: "이서준" },
];

export const ME = "000000000000000000me".replace(/[ilou]/g, "0");
export const ROOM = "00000000000000000001";

export const bodies = [
  "이번 주 일요일에는 북한산 어때요? 날씨가 아주 맑대요.",
  "I can bring **coffee** for everyone ☕️, and _maybe_ some ~~cake~~ fruit",
  "좋아요! 저는 10시쯤 도착할 것 같아요.",
  "Meet at the gate: https://maps.example.org/bukhansan?gate=2 and do not be late :)",
  "여기 사진 정리해 뒀어요 https://photos.example.com에서 볼 수 있어요.",
  "A longer message, to see how it wraps: the path along the ridge is a bit icy after the rain, so take the poles with you, and something warm for the break at the top. There is a shelter, but it fills up quickly on Sundays.",
  "ㅋㅋㅋ",
  "```\nconst answer = 42;\nif (answer) {\n  console.log('multi-line text keeps its shape');\n}\n```",
  `고마워요 🙏 <@${ME}>`,
  "> the path is icy\n\nThen we need:\n\n- poles\n- `spikes`\n- tea",
];

export const file: Attachment = { id: "0000000000000000000f", name: "오르는 길.pdf", type: "application/pdf", bytes: 482_133, width: null, height: null };

/** A message with nothing to it but its text. */
export function message(seq: number, by: string, at: number, body: string, change: Partial<Message> = {}): Message {
  return {
    t: "message",
    seq,
    at,
    by,
    device: "00000000000000000000",
    nonce: seq,
    body,
    edited_at: null,
    redacted_by: null,
    reply_to: null,
    thread: null,
    attachments: [],
    reactions: [],
    pinned: false,
    replies: 0,
    last_reply: null,
    ...change,
  };
}
