//! What people say: Korean and English, the frequent words very frequent, as in any language.

use fastrand::Rng;

const FREQUENT: [&str; 64] = [
    "회의",
    "자료",
    "공유",
    "결제",
    "배포",
    "오류",
    "확인",
    "일정",
    "오늘",
    "내일",
    "점심",
    "방",
    "서버",
    "로그",
    "장애",
    "고객",
    "문의",
    "디자인",
    "시안",
    "개발",
    "팀",
    "주간",
    "보고",
    "회의록",
    "링크",
    "파일",
    "수정",
    "요청",
    "승인",
    "검토",
    "테스트",
    "릴리스",
    "버그",
    "이슈",
    "사용자",
    "화면",
    "기능",
    "데이터",
    "서울",
    "부산",
    "출장",
    "휴가",
    "연차",
    "재택",
    "커피",
    "저녁",
    "약속",
    "사진",
    "영상",
    "뉴스",
    "날씨",
    "주말",
    "영화",
    "게임",
    "음악",
    "운동",
    "병원",
    "학교",
    "시험",
    "가격",
    "예산",
    "계약",
    "마감",
    "월급",
];
const PARTICLES: [&str; 16] = [
    "", "", "", "은", "는", "이", "가", "을", "를", "에", "에서", "으로", "도", "만", "까지",
    "부터",
];
const VERBS: [&str; 24] = [
    "했어요",
    "합니다",
    "할게요",
    "해주세요",
    "됐나요",
    "안돼요",
    "봤어",
    "갈게",
    "먹을까",
    "왔어요",
    "보냈습니다",
    "올렸어요",
    "고쳤습니다",
    "있나요",
    "없어요",
    "좋아요",
    "괜찮아",
    "알겠습니다",
    "감사합니다",
    "부탁드려요",
    "언제쯤",
    "어디서",
    "같이",
    "빨리",
];
const SLANG: [&str; 14] = [
    "ㅋㅋ",
    "ㅋㅋㅋ",
    "ㅋㅋㅋㅋㅋ",
    "ㅎㅎ",
    "ㅠㅠ",
    "ㅇㅇ",
    "ㄱㄱ",
    "ㄴㄴ",
    "ㄹㅇ",
    "ㅇㅋ",
    "ㄷㄷ",
    "헐",
    "넵",
    "굿",
];
const ENGLISH: [&str; 40] = [
    "deploy", "the", "ok", "PR", "merge", "review", "build", "is", "test", "staging", "to", "fix",
    "release", "branch", "server", "please", "done", "meeting", "API", "error", "login", "update",
    "hotfix", "rollback", "cache", "latency", "docker", "npm", "rust", "react", "worker", "design",
    "lgtm", "thanks", "bug", "issue", "v2", "prod", "alert", "metrics",
];
const SYLLABLES: &str = "가각간갈감강개거건걸검겨결경계고곡공과관광교구국군권귀규균극근금급기길김나남내노\
    농누늘능다단달담당대더도독동두등라락란람랑래량려력련령례로록론료루류륙률리린림마막만말망매면명모목몽무문\
    물미민바박반발방배백번범법변별병보복본봉부북분불비빈사산살삼상새색생서석선설성세소속손송수숙순술스승시식신\
    실심아안알암압애야약양어언얼업여역연열염영예오옥온완왕외요용우운울원월위유육윤율은을음의이인일임입자작잔장\
    재쟁저적전절점정제조족종좌주죽준중즉지직진질집차착찬창채책처천철청체초촌총최추축출충취치친칠침카코크타탁탄\
    탈탐태토통투특파판편평폐포폭표품풍피필하학한할함합항해행향허험혁현혈협형호혼홍화환활황회획효후훈휘휴흉흥희";

/// The words of everybody, the same whoever counts.
pub(crate) struct Words {
    /// The most frequent first.
    nouns: Vec<String>,
    names: Vec<String>,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut rng = Rng::with_seed(7);
        let syllables: Vec<char> = SYLLABLES.chars().filter(|c| !c.is_whitespace()).collect();
        let mut word = |letters: usize| -> String {
            (0..letters).map(|_| syllables[rng.usize(..syllables.len())]).collect()
        };
        let mut nouns: Vec<String> = FREQUENT.iter().map(|&noun| noun.to_owned()).collect();
        nouns.extend((0..30_000).map(|nth| word(2 + nth % 3)));
        let names = (0..2_000).map(|_| word(3)).collect();
        Self { nouns, names }
    }

    /// What one says at once.
    pub(crate) fn body(&self, rng: &mut Rng) -> String {
        if rng.u8(..100) < 12 {
            return SLANG[zipf(rng, SLANG.len())].to_owned();
        }
        let mut body = String::new();
        let n_words = 1 + (rng.f64() * rng.f64() * 14.0) as usize;
        for _ in 0..n_words {
            if !body.is_empty() {
                body.push(' ');
            }
            self.word(rng, &mut body);
        }
        if rng.u8(..100) < 10 {
            body.push_str(["!", "?", "...", " 😀", "~"][rng.usize(..5)]);
        }
        body
    }

    fn word(&self, rng: &mut Rng, body: &mut String) {
        match rng.u8(..100) {
            0..56 => {
                body.push_str(&self.nouns[zipf(rng, self.nouns.len())]);
                body.push_str(PARTICLES[rng.usize(..PARTICLES.len())]);
            }
            56..74 => body.push_str(VERBS[zipf(rng, VERBS.len())]),
            74..90 => body.push_str(ENGLISH[zipf(rng, ENGLISH.len())]),
            90..94 => {
                body.push_str(&self.names[zipf(rng, self.names.len())]);
                body.push('님');
            }
            94..97 => body.push_str(SLANG[zipf(rng, SLANG.len())]),
            97 => {
                let path = rng.u32(..);
                body.push_str(&format!("https://maru.chat/docs/{path:x}"));
            }
            _ => body.push_str(&rng.u16(..).to_string()),
        }
    }
}

/// A rank below `n`: about as often as one divided by itself.
pub(crate) fn zipf(rng: &mut Rng, n: usize) -> usize {
    // The inverse of the harmonic numbers, which are nearly a logarithm.
    let rank = ((n as f64 + 1.0).ln() * rng.f64()).exp() - 1.0;
    (rank as usize).min(n - 1)
}
