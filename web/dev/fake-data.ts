export const people = [
  { user: "0000000000000000000a", name: "김하늘" },
  { user: "0000000000000000000b", name: "Ada Lovelace" },
  { user: "0000000000000000000c", name: "박지우" },
  { user: "0000000000000000000d", name: "Grace Hopper" },
  { user: "0000000000000000000e", name: "이서준" },
];

export const bodies = [
  "이번 주 일요일에는 북한산 어때요? 날씨가 아주 맑대요.",
  "I can bring coffee for everyone ☕️",
  "좋아요! 저는 10시쯤 도착할 것 같아요.",
  "Meet at the gate: https://maps.example.org/bukhansan?gate=2 and do not be late :)",
  "여기 사진 정리해 뒀어요 https://photos.example.com에서 볼 수 있어요.",
  "A longer message, to see how it wraps: the path along the ridge is a bit icy after the rain, so take the poles with you, and something warm for the break at the top. There is a shelter, but it fills up quickly on Sundays.",
  "ㅋㅋㅋ",
  "const answer = 42;\nif (answer) {\n  console.log('multi-line text keeps its shape');\n}",
  "고마워요 🙏",
];
