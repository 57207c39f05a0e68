//! The storage contract over the database of a real Durable Object.

use integration_tests::bare::Workerd;
use serde_json::Value;

#[tokio::test]
async fn a_real_object_keeps_the_storage_contract() {
    let workerd = Workerd::start().await;
    let kept: Vec<String> = serde_json::from_str(&workerd.ask("contract").await).unwrap();
    assert_eq!(kept.len(), 28, "{kept:?}");

    let costs = workerd.ask("costs").await;
    let costs: Vec<(String, u64)> = serde_json::from_str(&costs).unwrap();
    let of = |name| costs.iter().find(|(act, _)| act == name).map(|(_, n_rows)| *n_rows);
    assert_eq!(of("message, again"), Some(1), "{costs:?}");
}

#[tokio::test]
async fn a_busy_room_writes_less_than_a_row_for_each_message() {
    let workerd = Workerd::start().await;
    let asked = "rows?rate=100&seconds=30&members=1000&mixed=false";
    let measured: Value = serde_json::from_str(&workerd.ask(asked).await).unwrap();
    let of = |name: &str| measured[name].as_u64().unwrap();
    assert_eq!(of("entries"), 3_000, "{measured}");
    assert!(of("index") > 0, "indexing is included: {measured}");
    let rows = of("log") + of("beside") + of("index") + of("alarms");
    assert!(rows < of("entries") / 5, "{measured}");
}

#[tokio::test]
async fn lf3_a_quiet_room_writes_little_more_than_a_row_for_each_message() {
    let workerd = Workerd::start().await;
    let asked = "rows?rate=1&seconds=1800&members=10&mixed=false";
    let measured: Value = serde_json::from_str(&workerd.ask(asked).await).unwrap();
    let of = |name: &str| measured[name].as_u64().unwrap();
    assert!(of("alarms") > 0, "the room must report what was said last: {measured}");
    let rows = of("log") + of("beside") + of("index") + of("alarms");
    assert!(rows * 10 <= of("entries") * 11, "{measured}");
}

#[tokio::test]
async fn ht5_a_room_reads_every_character_as_the_archive_does() {
    let workerd = Workerd::start().await;
    let differing: Vec<String> = serde_json::from_str(&workerd.ask("characters").await).unwrap();
    assert!(differing.is_empty(), "{} characters: {differing:?}", differing.len());
}

#[tokio::test]
async fn lf3_a_question_that_is_given_up_keeps_nobody_awake() {
    let workerd = Workerd::start().await;
    assert_eq!(workerd.ask("end").await, "answered false, ended true");
}
