//! The log of a room, as the archive has it: from run to run by the hash chain, over epochs.
//!
//! A room that was restored goes on with a new epoch where the archive ended, so what was said
//! before is under the earlier one. What links them is the chain.

use protocol::{Epoch, RoomId, Seq};

use crate::failure::Failure;
use crate::object::Reader;
use crate::record::{Contents, Object, Run};
use crate::store::Store;

/// Consecutive entries of a room's log, of one run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Piece {
    /// What holds them.
    pub object: Object,
    /// The run that they begin.
    pub run: Run,
    /// The last of them, which the run may go beyond.
    pub to: Seq,
}

/// The log of a room that ends with what the archive has of an epoch, or with the newest entry of
/// all; without gap, from its first entry or the first that did not expire. Empty if there is none.
#[must_use]
pub fn of_room(contents: &Contents, room: RoomId, epoch: Option<Epoch>) -> Vec<Piece> {
    let end = match epoch {
        Some(epoch) => contents.watermark_in(room, epoch),
        None => contents.watermark(room),
    };
    let mut wanted = end.map(|run| (run.to, run.link.clone(), run.epoch));
    let mut pieces: Vec<Piece> = Vec::new();
    while let Some((to, link, epoch)) = wanted {
        let Some((object, run)) = ending_at(contents, room, to, &link, epoch) else { break };
        let before = run.from.back(1);
        pieces.push(Piece { object: object.clone(), run: run.clone(), to });
        let is_first = before == Seq::ZERO;
        wanted = (!is_first).then(|| (before, run.link_before.clone(), run.epoch));
    }
    pieces.reverse();
    pieces
}

/// Why a log that was put together begins where it does, if the archive has earlier entries of the
/// room that do not lead there; `None` if it is whole, or what came before expired.
#[must_use]
pub fn gap(contents: &Contents, pieces: &[Piece]) -> Option<String> {
    let Run { room, from, .. } = pieces.first()?.run;
    let earlier = contents.runs(room).map(|(_, run)| run).filter(|run| run.from < from);
    let last = earlier.map(|run| run.to.min(from.back(1))).max()?;
    Some(if last.next() == Some(from) {
        let from = from.get();
        format!("room {room}: what the archive has before entry {from} does not lead to it")
    } else {
        let (after, until) = (last.get(), from.get());
        format!("room {room}: the archive has nothing between entry {after} and entry {until}")
    })
}

/// Whether the archive has what comes right before a run in another epoch: a run that ends there
/// with the same link, or one that goes on, whose link there is not known.
#[must_use]
pub fn has_predecessor(contents: &Contents, run: &Run) -> bool {
    let before = run.from.back(1);
    ending_at(contents, run.room, before, &run.link_before, run.epoch).is_some()
}

/// The run with an entry and the link after it; of this epoch rather than of another, and one that
/// ends there rather than one that goes on, whose link there is not known yet.
fn ending_at<'a>(
    contents: &'a Contents,
    room: RoomId,
    to: Seq,
    link: &str,
    epoch: Epoch,
) -> Option<(&'a Object, &'a Run)> {
    let has = |(_, run): &(&Object, &Run)| {
        (run.to == to && run.link == link) || (run.epoch != epoch && run.from <= to && to < run.to)
    };
    let candidates = contents.runs(room).filter(has);
    candidates.min_by_key(|(_, run)| (run.to != to, run.epoch != epoch))
}

impl Piece {
    /// The lines, each with its newline; what the run holds beyond the piece is checked, too.
    ///
    /// # Errors
    /// If the object is missing, or damaged.
    pub async fn lines(&self, store: &Store) -> Result<String, Failure> {
        let mut reader = Reader::open_at(store, &self.object, self.run.room).await?;
        // Each run of a table comes after those before it, so earlier ones are passed over.
        let mut lines = reader.lines(&self.run)?;
        let count = usize::try_from(self.to.since(self.run.from.back(1))).unwrap_or(usize::MAX);
        if let Some((end, _)) = lines.match_indices('\n').nth(count.saturating_sub(1)) {
            lines.truncate(end.saturating_add(1));
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, MIDNIGHT, contents, epoch, room};

    async fn told(store: &Store, log: &Log, epoch: Option<Epoch>) -> String {
        let mut lines = String::new();
        for piece in of_room(&contents(store).await, log.room, epoch) {
            lines.push_str(&piece.lines(store).await.unwrap());
        }
        lines
    }

    #[tokio::test]
    async fn a_log_goes_on_over_epochs() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "one"), (2, "two")]).await;
        log.archive(&store, MIDNIGHT + 9, &[(1, "three")]).await;
        log.epoch = epoch(2);
        log.archive(&store, MIDNIGHT + 99, &[(1, "after it was restored")]).await;
        assert_eq!(told(&store, &log, None).await, log.all);
        let before: String = log.all.split_inclusive('\n').take(3).collect();
        assert_eq!(told(&store, &log, Some(epoch(1))).await, before);
        assert_eq!(told(&store, &log, Some(epoch(3))).await, "");
    }

    /// Somebody restored an old archive while the room went on: both are told apart.
    #[tokio::test]
    async fn an_epoch_that_begins_within_another_has_only_what_came_before_it() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        let (one, run) = log.say(MIDNIGHT, &[(1, "one"), (1, "two")]);
        let mut other = Log { epoch: epoch(2), all: one.clone(), ..log };
        let mut log = Log { epoch: epoch(1), all: one.clone(), ..other };
        let (two, later) = log.say(MIDNIGHT + 5, &[(1, "three")]);
        let whole =
            Run { to: later.to, last_at: later.last_at, entries: 3, link: later.link, ..run };
        crate::testing::archive(&store, &(one.clone() + &two), whole).await;
        other.all = one;
        other.archive(&store, MIDNIGHT + 9, &[(1, "another three")]).await;
        assert_eq!(told(&store, &other, None).await, other.all);
        assert_eq!(told(&store, &log, Some(epoch(1))).await, log.all);
    }

    #[tokio::test]
    async fn what_expired_is_not_told() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        log.say(MIDNIGHT, &[(1, "gone")]);
        let (lines, run) = log.say(MIDNIGHT + 5, &[(1, "here")]);
        crate::testing::archive(&store, &lines, run).await;
        assert_eq!(told(&store, &log, None).await, lines);
    }

    #[tokio::test]
    async fn a_log_that_begins_late_is_told_unless_what_was_before_expired() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        let told = async || {
            let contents = contents(&store).await;
            let pieces = of_room(&contents, room(0), None);
            (pieces.len(), gap(&contents, &pieces))
        };
        log.say(MIDNIGHT, &[(1, "expired")]);
        let old = log.archive(&store, MIDNIGHT + 5, &[(1, "two")]).await;
        assert_eq!(told().await, (1, None));
        log.say(MIDNIGHT + 9, &[(1, "lost")]);
        log.archive(&store, MIDNIGHT + 19, &[(1, "four")]).await;
        let (n_pieces, why) = told().await;
        assert_eq!(n_pieces, 1);
        assert!(why.unwrap().ends_with("nothing between entry 2 and entry 4"));
        let contents = contents(&store).await;
        let mut other = contents.clone();
        other.objects.iter_mut().find(|object| object.path == old.path).unwrap().runs[0].to =
            crate::testing::seq(3);
        let why = gap(&other, &of_room(&other, room(0), None)).unwrap();
        assert!(why.ends_with("before entry 4 does not lead to it"), "{why}");
    }
}
