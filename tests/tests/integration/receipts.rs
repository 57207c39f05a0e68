//! Who has read what.

use integration_tests::person::two_in_a_room;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::limits::RECEIPT_STEPS_MAX;
use serde_json::{Value, json};

/// How many have read the message at `seq`, by the steps of a digest (rule RC2).
fn readers(steps: &Value, seq: u64) -> u64 {
    let lowest_first = steps.as_array().unwrap().iter().rev();
    let mut at_or_above = lowest_first.filter(|step| step[0].as_u64().unwrap() >= seq);
    at_or_above.next().map_or(0, |step| step[1].as_u64().unwrap())
}

#[tokio::test]
async fn rc1_rc2_what_is_read_is_told_to_everyone() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let first = at_ann.says("one").await;
    let second = at_ann.says("two").await;
    at_bob.say(&json!({ "t": "read", "seq": first })).await;
    let steps = loop {
        let steps = at_ann.line("receipts").await["steps"].clone();
        if readers(&steps, first) == 2 {
            break steps;
        }
    };
    assert_eq!(readers(&steps, second), 1, "its author alone: {steps}");
    // Beyond the head is the head, and it never goes back.
    at_bob.say(&json!({ "t": "read", "seq": 999 })).await;
    while readers(&at_ann.line("receipts").await["steps"], second) != 2 {}
    at_bob.say(&json!({ "t": "read", "seq": 1 })).await;
    let third = at_ann.says("three").await;
    let (_, welcome) = Wire::welcome(&bob.on_another_device(), room).await;
    assert_eq!(readers(&welcome["receipts"], second), 2);
    assert_eq!(readers(&welcome["receipts"], third), 1);
    assert_eq!(welcome["you"]["read"], json!(second));
}

#[tokio::test]
async fn rc3_the_number_of_readers_is_exact() {
    let server = Server::shared();
    let (ann, _, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let people = server.people(RECEIPT_STEPS_MAX + 8);
    let mut wires = Vec::new();
    for person in &people {
        person.join(room).await;
        wires.push(Wire::welcome(person, room).await.0);
    }
    let mut seqs = Vec::new();
    for _ in &people {
        seqs.push(at_ann.says("read this").await);
    }
    // Each has read one more than the one before, and the head is the author's.
    let last = wires.len() - 1;
    for (wire, seq) in wires.iter_mut().zip(&seqs) {
        wire.say(&json!({ "t": "read", "seq": seq })).await;
    }
    let steps = loop {
        let steps = at_ann.line("receipts").await["steps"].clone();
        let newest = readers(&steps, seqs[last]) == 2 && readers(&steps, seqs[last - 1]) == 3;
        if newest && readers(&steps, seqs[0]) > u64::try_from(last / 2).unwrap() {
            break steps;
        }
    };
    let n_steps = steps.as_array().unwrap().len();
    assert!(n_steps <= RECEIPT_STEPS_MAX, "{n_steps}");
    for (i, seq) in seqs.iter().enumerate() {
        let exact = u64::try_from(seqs.len() - i + 1).unwrap();
        assert!(readers(&steps, *seq) <= exact, "never too high: {steps}");
        let told = ann.json(&format!("rooms/{room}/messages/{seq}/readers")).await;
        assert_eq!(told["readers"], json!(exact), "{seq}");
        assert_eq!(told["members"], json!(people.len() + 2));
        assert!(told["users"].as_array().unwrap().len() <= 50);
    }
}
