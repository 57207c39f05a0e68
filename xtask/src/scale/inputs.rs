//! The figures that everything is calculated from, each with its source.

use anyhow::Result;
use serde::Deserialize;

/// A number that says where it comes from.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(try_from = "Sourced")]
pub(super) struct Figure(pub(super) f64);

/// What the month costs for each begun unit beyond what is included.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(try_from = "Listed")]
pub(super) struct Price {
    pub(super) usd: f64,
    pub(super) unit: f64,
    pub(super) included: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sourced {
    value: f64,
    from: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    usd: f64,
    unit: f64,
    included: f64,
    from: String,
}

impl TryFrom<Sourced> for Figure {
    type Error = &'static str;
    fn try_from(sourced: Sourced) -> Result<Self, Self::Error> {
        let Sourced { value, from } = sourced;
        if from.is_empty() { Err("a figure says where it comes from") } else { Ok(Self(value)) }
    }
}

impl TryFrom<Listed> for Price {
    type Error = &'static str;
    fn try_from(listed: Listed) -> Result<Self, Self::Error> {
        let Listed { usd, unit, included, from } = listed;
        let price = Self { usd, unit, included };
        if from.is_empty() { Err("a price says on which page it is") } else { Ok(price) }
    }
}

impl Price {
    /// What so much costs in a month.
    pub(super) fn of(self, quantity: f64) -> f64 {
        ((quantity - self.included).max(0.0) / self.unit).ceil() * self.usd
    }
}

/// Declares groups of figures, all of which the file must have, and no others.
macro_rules! groups {
    ($($group:ident: $of:ty { $($name:ident),+ $(,)? })+) => {
        $(
            #[derive(Clone, Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(super) struct $group { $(pub(super) $name: $of),+ }
        )+
    };
}

groups! {
    Measured: Figure {
        delivery_us, delivery_entries_per_frame, delivery_live, frame_us, rows_per_entry_alone,
        rows_per_entry_busy, rows_beside_per_entry, member_kib_low, member_kib_high,
        message_bytes,
    }
    Protocol: Figure {
        small_room, spread_ms, calm_ms_per_s, pause_ms_max, busy_per_s, row_entries, row_ms,
        tick_ms, digest_frames_per_s, digest_ms_max, read_again_ms, reads_per_s,
        read_stored_ms, typing_again_ms, members_max,
    }
    Assumed: Figure {
        cpu_share_max, frame_in_us, commit_us, read_share, typing_lines_per_message,
        awake_message_s, awake_presence_s, awake_notice_s, reconnects_per_day,
        requests_per_connect, worker_ms_per_request, episodes_per_day, rows_per_episode,
        rows_read_per_connect, d1_rows_read_per_connect, d1_rows_written_per_connect,
        d1_bytes_per_membership, index_share, retention_months, file_share, file_bytes,
        file_gets, archive_ratio, archive_object_bytes,
    }
    Limits: Figure {
        sockets, requests_per_s, memory_mib, sql_gb, d1_gb, regions, memory_billed_gb,
        messages_per_request, empty_database_kb,
    }
    Prices: Price {
        plan, object_requests, object_gb_s, rows_read, rows_written, sql_gb_month,
        worker_requests, worker_cpu_ms, d1_rows_read, d1_rows_written, d1_gb_month,
        r2_gb_month, r2_class_a, r2_class_b,
    }
}

/// What people do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) says: String,
    /// Of each room.
    pub(super) members: f64,
    /// Open sockets of an active room.
    pub(super) live: f64,
    /// Messages a second in an active room.
    pub(super) rate: f64,
    /// At the busiest moment.
    pub(super) active_rooms: f64,
    /// The mean over the month, of that.
    pub(super) mean_share: f64,
    /// For each active room.
    pub(super) quiet_rooms: f64,
    /// Open sockets of a quiet room.
    pub(super) quiet_live: f64,
    /// Of how many rooms somebody is a member.
    pub(super) rooms_per_person: f64,
}

/// One room that is larger than an object can serve.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stadium {
    pub(super) members: f64,
    /// Messages a second.
    pub(super) rate: f64,
    /// How long it lasts.
    pub(super) hours: f64,
    /// How often a member says what was read: seldom, because there are many.
    pub(super) read_every_s: f64,
    /// Milliseconds for which the object that orders gathers what its relays send on.
    pub(super) window_ms: f64,
}

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inputs {
    pub(super) measured: Measured,
    pub(super) protocol: Protocol,
    pub(super) assumed: Assumed,
    pub(super) limits: Limits,
    pub(super) prices: Prices,
    #[serde(rename = "scenario")]
    pub(super) scenarios: Vec<Scenario>,
    pub(super) stadium: Stadium,
}

impl Inputs {
    pub(super) fn read(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../docs/scale.toml");
    const LIMITS: &str = include_str!("../../../protocol/src/limits.rs");

    #[test]
    fn every_figure_says_where_it_comes_from() {
        assert!(Inputs::read(TEXT).is_ok());
        let nameless = TEXT.replacen("https://developers.cloudflare.com/workers", "", 1);
        assert!(Inputs::read(&nameless).is_ok(), "some words are left");
        let silent: String = TEXT
            .lines()
            .map(|line| if line.starts_with("plan") { PLAN_WITHOUT_SOURCE } else { line })
            .collect::<Vec<_>>()
            .join("\n");
        assert!(format!("{:#}", Inputs::read(&silent).unwrap_err()).contains("on which page"));
    }

    const PLAN_WITHOUT_SOURCE: &str = "plan = { usd = 5, unit = 1, included = 0, from = \"\" }";

    #[test]
    fn begun_units_are_paid() {
        let price = Price { usd: 0.5, unit: 10.0, included: 100.0 };
        let paid = [0.0, 100.0, 101.0, 110.0, 111.0].map(|n| price.of(n).to_string());
        assert_eq!(paid, ["0", "0", "0.5", "0.5", "1"]);
    }

    #[test]
    fn the_figures_of_the_protocol_are_its_limits() {
        let table: toml::Table = TEXT.parse().unwrap();
        for (name, figure) in table["protocol"].as_table().unwrap() {
            let constant = format!("pub const {}: ", name.to_uppercase());
            let (_, rest) = LIMITS.split_once(&constant).unwrap_or_else(|| panic!("{constant}"));
            let value = rest.split_once("= ").unwrap().1.split_once(';').unwrap().0;
            let said = figure["value"].as_integer().unwrap().to_string();
            assert_eq!(value.replace('_', ""), said, "{name}");
        }
    }
}
