//! What an operator asks for: a scenario, from a TOML file and the command line over it. `docs/load.md` has every key.
//!
//! Names carry their units, unknown keys are refused, and nothing is unbounded: [`Scenario::check`] holds the bounds.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::network;
use crate::toml_file::{self, TomlError};

/// Calls in one run at most.
pub const MOST_CALLS: u32 = 20_000;
/// The longest run, seconds: a day.
pub const LONGEST_S: f64 = 86_400.0;

/// Everything that can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// What the report is headed with.
    pub title: String,
    /// The same seed gives the same plan and the same networks.
    pub seed: u64,
    /// Calls in all.
    pub calls: u32,
    /// Members of staff; 0: one for each call.
    pub staff: u32,
    /// How much of a real endpoint each one is.
    pub media: Media,
    /// How what is said is encoded.
    pub opus: Opus,
    /// When the run is ended, whatever still goes on, seconds.
    pub longest_s: f64,
    /// How long a member of staff writes up a call, seconds.
    pub wrap_up_s: f64,
    /// When callers come.
    pub arrival: Arrival,
    /// How long they talk.
    pub call: Call,
    /// What they are reached over.
    pub network: Network,
    /// What happens to them on the way.
    pub churn: Churn,
    /// The gateway is killed and started again. Only where the tool started it.
    pub outage: Option<Outage>,
    /// Lines that are cut for a while.
    pub cut: Vec<Cut>,
    /// Clients that send far too much.
    pub flood: Option<Flood>,
}

/// How much of a real endpoint each one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// Opus is encoded and decoded, MLS and SFrame are real.
    Full,
    /// As `full`, but what is said was encoded before.
    Heard,
    /// MLS and SFrame are real, the frames were encoded before.
    Sealed,
    /// SRTP packets of the right size and pace; MLS for the first keys only.
    #[default]
    Packets,
}

/// How what is said is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opus {
    /// Opus' low-delay mode (CELT): an endpoint costs a third of what it costs with `voice`.
    #[default]
    LowDelay,
    /// As browsers encode (SILK), with copies of lost frames in the next ones (LBRR): for figures of quality on lossy networks.
    Voice,
}

/// `[arrival]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Arrival {
    /// How they are spread.
    pub pattern: Pattern,
    /// Over how long, seconds. Not used by `at_once`.
    pub over_s: f64,
    /// With `storm`: how long after the last arrival every connection is lost at once, seconds.
    pub storm_after_s: f64,
}

/// How arrivals are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// All in the same moment.
    #[default]
    AtOnce,
    /// One after the other, evenly.
    Steady,
    /// Independently of each other.
    Poisson,
    /// Evenly; then every connection is lost at once and all come back together.
    Storm,
}

/// `[call]`: lengths between the two are equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Call {
    /// The shortest, seconds from the answer.
    pub shortest_s: f64,
    /// The longest, seconds from the answer.
    pub longest_s: f64,
}

/// `[network]`: models of `docs/networks.md`, or `none`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Between callers and the gateway, each way.
    pub caller: String,
    /// Between staff and the gateway, each way.
    pub staff: String,
}

/// `[churn]`: shares of the calls, 0 to 1, in which it happens once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Churn {
    /// The caller reloads the page.
    pub reload_share: f64,
    /// The caller's network gives another address.
    pub address_share: f64,
    /// The caller's device dies without a word and comes back.
    pub kill_share: f64,
    /// For how long it is dead, seconds.
    pub away_s: f64,
}

/// `[outage]`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// When the gateway is killed, seconds from the start.
    pub at_s: f64,
    /// For how long it stays away, seconds.
    pub lasting_s: f64,
}

/// `[[cut]]`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Whose lines.
    pub side: Side,
    /// When, seconds from the start.
    pub at_s: f64,
    /// For how long, seconds.
    pub lasting_s: f64,
    /// Share of that side, 0 to 1.
    #[serde(default = "everybody")]
    pub share: f64,
}

/// Callers or staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Callers.
    Caller,
    /// Staff.
    Staff,
}

/// `[flood]`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// How many such clients.
    pub clients: u32,
    /// Messages a second of each, on a connection of its own; each fourth is none of the protocol.
    pub messages_per_s: u32,
    /// Connections a second that each opens and drops.
    #[serde(default)]
    pub connections_per_s: u32,
    /// Datagrams a second that each sends to the relay: media, checks and handshakes that are nobody's.
    #[serde(default)]
    pub datagrams_per_s: u32,
    /// When it begins, seconds from the start.
    pub at_s: f64,
    /// For how long, seconds.
    pub lasting_s: f64,
}

/// Why a scenario cannot be run. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read or understood.
    #[error(transparent)]
    File(#[from] TomlError),
    /// A value out of its bounds, or values that do not go together.
    #[error("{key}: {problem}")]
    Value {
        /// The key, as `section.key`.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

impl Media {
    /// Whether sound is decoded and played.
    pub fn is_heard(self) -> bool {
        matches!(self, Self::Full | Self::Heard)
    }
}

impl Scenario {
    /// Reads a file. It is not checked yet: the command line may still change it.
    ///
    /// # Errors
    /// When it cannot be read or understood, with its line.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        Ok(toml_file::read(path)?)
    }

    /// Members of staff, counted.
    pub fn staff_count(&self) -> u32 {
        if self.staff == 0 { self.calls } else { self.staff }
    }

    /// Refuses what is out of bounds or does not go together.
    ///
    /// # Errors
    /// The first such key.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let require = |holds: bool, key: &str, problem: &str| {
            if holds { Ok(()) } else { Err(ScenarioError::value(key, problem)) }
        };
        let seconds = |value: f64, key: &str| {
            require((0.0..=LONGEST_S).contains(&value), key, "must be 0 to 86400 seconds")
        };
        let share =
            |value: f64, key: &str| require((0.0..=1.0).contains(&value), key, "must be a share, 0 to 1");
        require((1..=MOST_CALLS).contains(&self.calls), "calls", "must be 1 to 20000")?;
        require(self.staff <= MOST_CALLS, "staff", "must be 0 to 20000")?;
        seconds(self.longest_s, "longest_s")?;
        require(self.longest_s >= 1.0, "longest_s", "must be at least 1")?;
        seconds(self.wrap_up_s, "wrap_up_s")?;
        seconds(self.arrival.over_s, "arrival.over_s")?;
        seconds(self.arrival.storm_after_s, "arrival.storm_after_s")?;
        seconds(self.call.shortest_s, "call.shortest_s")?;
        seconds(self.call.longest_s, "call.longest_s")?;
        require(
            self.call.shortest_s <= self.call.longest_s,
            "call.longest_s",
            "must not be under call.shortest_s",
        )?;
        share(self.churn.reload_share, "churn.reload_share")?;
        share(self.churn.address_share, "churn.address_share")?;
        share(self.churn.kill_share, "churn.kill_share")?;
        seconds(self.churn.away_s, "churn.away_s")?;
        for (name, key) in [(&self.network.caller, "network.caller"), (&self.network.staff, "network.staff")]
        {
            network::find(name).map_err(|problem| ScenarioError::value(key, &problem))?;
        }
        for cut in &self.cut {
            seconds(cut.at_s, "cut.at_s")?;
            seconds(cut.lasting_s, "cut.lasting_s")?;
            share(cut.share, "cut.share")?;
        }
        require(self.cut.len() <= 1_000, "cut", "must be given 1000 times at most")?;
        if let Some(outage) = self.outage {
            seconds(outage.at_s, "outage.at_s")?;
            seconds(outage.lasting_s, "outage.lasting_s")?;
        }
        if let Some(flood) = self.flood {
            require((1..=100).contains(&flood.clients), "flood.clients", "must be 1 to 100")?;
            require(
                (1..=10_000).contains(&flood.messages_per_s),
                "flood.messages_per_s",
                "must be 1 to 10000",
            )?;
            require(flood.connections_per_s <= 1_000, "flood.connections_per_s", "must be 0 to 1000")?;
            require(flood.datagrams_per_s <= 50_000, "flood.datagrams_per_s", "must be 0 to 50000")?;
            seconds(flood.at_s, "flood.at_s")?;
            seconds(flood.lasting_s, "flood.lasting_s")?;
        }
        Ok(())
    }
}

impl ScenarioError {
    fn value(key: &str, problem: &str) -> Self {
        Self::Value { key: key.to_owned(), problem: problem.to_owned() }
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            title: "Load".into(),
            seed: 1,
            calls: 50,
            staff: 0,
            media: Media::default(),
            opus: Opus::default(),
            longest_s: 600.0,
            wrap_up_s: 0.5,
            arrival: Arrival::default(),
            call: Call::default(),
            network: Network::default(),
            churn: Churn::default(),
            outage: None,
            cut: Vec::new(),
            flood: None,
        }
    }
}

impl Default for Arrival {
    fn default() -> Self {
        Self { pattern: Pattern::AtOnce, over_s: 10.0, storm_after_s: 5.0 }
    }
}

impl Default for Call {
    fn default() -> Self {
        Self { shortest_s: 20.0, longest_s: 20.0 }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self { caller: network::NONE.into(), staff: network::NONE.into() }
    }
}

impl Default for Churn {
    fn default() -> Self {
        Self { reload_share: 0.0, address_share: 0.0, kill_share: 0.0, away_s: 5.0 }
    }
}

fn everybody() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Scenario, ScenarioError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, text).unwrap();
        let scenario = Scenario::read(&path)?;
        scenario.check()?;
        Ok(scenario)
    }

    fn refusal(text: &str) -> String {
        let error = read(text).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(read("").unwrap(), Scenario::default());
        assert_eq!(Scenario::default().staff_count(), 50);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = refusal("calls = 2\ncall_length = 3\n");
        assert!(error.contains("s.toml, line 2") && error.contains("`call_length`"), "{error}");
        assert!(refusal("[arrival]\npattern = \"sometimes\"\n").contains("line 2"));
        assert!(refusal("[outage]\nat_s = 1\n").contains("lasting_s"));
    }

    #[test]
    fn values_out_of_bounds_are_refused_by_key() {
        for (text, key) in [
            ("calls = 0", "calls"),
            ("calls = 20001", "calls"),
            ("longest_s = 0", "longest_s"),
            ("longest_s = nan", "longest_s"),
            ("longest_s = inf", "longest_s"),
            ("[call]\nshortest_s = 9\nlongest_s = 8", "call.longest_s"),
            ("[churn]\nkill_share = 1.1", "churn.kill_share"),
            ("[network]\ncaller = \"mars\"", "network.caller"),
            ("[[cut]]\nside = \"staff\"\nat_s = -1\nlasting_s = 1", "cut.at_s"),
            (
                "[flood]\nclients = 1\nmessages_per_s = 1\ndatagrams_per_s = 50001\nat_s = 0\nlasting_s = 1",
                "flood.datagrams_per_s",
            ),
            ("[flood]\nclients = 0\nmessages_per_s = 1\nat_s = 0\nlasting_s = 1", "flood.clients"),
        ] {
            let error = refusal(text);
            assert!(error.starts_with(&format!("{key}:")), "{text}: {error}");
        }
    }
}
