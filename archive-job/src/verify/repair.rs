//! Bringing back what rooms still hold, and removing what no manifest names.

use protocol::{Link, Seq};

use crate::context::Context;
use crate::failure::Failure;
use crate::layout;
use crate::lease::Lease;
use crate::manifest;
use crate::maru::Maru;
use crate::record::{Kind, Object, Run};
use crate::segment::{self, Checker, Stored};
use crate::store::Listed;

/// Repairs, under a lease.
pub(super) struct Repair<'a> {
    pub(super) context: &'a Context,
    pub(super) maru: &'a Maru,
    pub(super) lease: &'a Lease,
}

impl Repair<'_> {
    /// Brings the lines of an object back, if the rooms hold all of them yet, and puts the object
    /// into quarantine, unless something of the rooms was erased since. Answers whether it did.
    pub(super) async fn object(&self, bucket: u8, object: &Object) -> Result<bool, Failure> {
        if object.kind == Kind::State {
            return Ok(false);
        }
        let mut parts = Vec::new();
        let mut has_erased = false;
        for run in &object.runs {
            let Some(lines) = self.lines(run).await? else { return Ok(false) };
            let revision = self.maru.status(run.room).await?.revision;
            has_erased |= revision > run.revision;
            parts.extend(cut(&lines, run, revision, self.context.config.segment_bytes)?);
        }
        // Killed from here on, the manifest names something that does not verify, as before.
        self.lease.check()?;
        let store = &self.context.store;
        // Words that were erased since must not stay, also if nobody can look at them any more.
        if !has_erased && let Some(broken) = store.find(&object.path).await? {
            store.replace(&layout::quarantine(&object.path), broken).await?;
        }
        let mut add = Vec::new();
        for (lines, run) in parts {
            self.lease.check()?;
            let path = layout::segment(run.room, run.epoch, (run.from, run.to), run.revision);
            if path == object.path {
                store.replace(&path, segment::encode(&lines)?).await?;
            }
            let Stored { bytes, sha256, .. } = segment::put(store, &path, &lines, &run).await?;
            let day = segment::day(run.first_at);
            add.push(Object { path, bytes, sha256, day, kind: Kind::Segment, runs: vec![run] });
        }
        let fence = self.lease.check()?;
        let remove = vec![object.path.clone()];
        let stays = add.iter().any(|added: &Object| added.path == object.path);
        manifest::commit(store, bucket, fence, self.context.now(), add, remove).await?;
        if !stays {
            store.delete(&object.path).await?;
        }
        Ok(true)
    }

    /// Removes objects that no manifest names, unless they are so young that somebody may be about
    /// to name them. Answers how many.
    pub(super) async fn orphans(&self, orphans: &[Listed]) -> Result<u64, Failure> {
        let grace = self.context.config.grace.as_millis();
        let now = self.context.now();
        let mut removed: u64 = 0;
        for orphan in orphans {
            if u128::from(now.ms_since(orphan.modified)) >= grace {
                self.lease.check()?;
                self.context.store.delete(&orphan.path).await?;
                removed = removed.saturating_add(1);
            }
        }
        Ok(removed)
    }

    /// The lines of a run, if the room has them all.
    async fn lines(&self, run: &Run) -> Result<Option<String>, Failure> {
        let log = self.maru.log(run.room, (run.from, run.to), segment::BYTES_MAX).await;
        let lines = match log {
            Ok(lines) => String::from_utf8(lines.to_vec()).ok(),
            Err(Failure::Refused { status: 404, .. }) => None,
            Err(failure) => return Err(failure),
        };
        Ok(lines.filter(|lines| segment::check(lines, run).is_ok()))
    }
}

/// Segments of at most so many bytes, or of one line.
fn cut(lines: &str, run: &Run, revision: Seq, max: u64) -> Result<Vec<(String, Run)>, Failure> {
    let broken = |broken| Failure::later(format!("room {}: {broken}", run.room));
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut parts: Vec<(String, Run)> = Vec::new();
    let mut checker = Checker::new(run).map_err(broken)?;
    for text in lines.lines() {
        let before: Link = checker.link();
        let line = checker.next(text).map_err(broken)?;
        let fits = |(part, _): &&mut (String, Run)| part.len().saturating_add(text.len()) < max;
        let link = checker.link().to_hex();
        if let Some((part, run)) = parts.last_mut().filter(fits) {
            part.push_str(text);
            part.push('\n');
            run.to = line.seq;
            run.last_at = line.at;
            run.entries = run.entries.saturating_add(1);
            run.link = link;
        } else {
            let run = Run {
                from: line.seq,
                to: line.seq,
                first_at: line.at,
                last_at: line.at,
                entries: 1,
                link_before: before.to_hex(),
                link,
                revision,
                ..run.clone()
            };
            parts.push((format!("{text}\n"), run));
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn what_is_cut_is_the_same_log() {
        let (lines, run) = fixture::lines(1, 3..=40);
        for max in [1, 500, 1 << 20] {
            let parts = cut(&lines, &run, fixture::seq(9), max).unwrap();
            let together: String = parts.iter().map(|(lines, _)| lines.as_str()).collect();
            assert_eq!(together, lines);
            for (lines, run) in &parts {
                segment::check(lines, run).unwrap();
                assert!(lines.len() as u64 <= max || run.entries == 1, "of {max}");
            }
            assert_eq!(parts.len() == 1, max == 1 << 20, "of {max}");
        }
    }
}
