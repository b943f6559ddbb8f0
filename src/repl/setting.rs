//! What the user can change while the session runs: `/set NAME VALUE`.

use std::str::FromStr;

/// All settings with their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How JSON is shown.
    pub json: JsonMode,
    /// The time before each message.
    pub time: TimeMode,
    /// How many bytes of a binary message are dumped.
    pub dump: usize,
    /// How many lines of a message are shown before it is folded.
    pub fold: usize,
    /// Pings and pongs that came or went by themselves are shown.
    pub pings: bool,
    /// A lost connection is opened again.
    pub reconnect: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            json: JsonMode::Auto,
            time: TimeMode::Off,
            dump: 256,
            fold: 40,
            pings: true,
            reconnect: false,
        }
    }
}

/// A change to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// See [`Settings::json`].
    Json(JsonMode),
    /// See [`Settings::time`]; `None` switches between off and clock.
    Time(Option<TimeMode>),
    /// See [`Settings::dump`].
    Dump(usize),
    /// See [`Settings::fold`].
    Fold(usize),
    /// See [`Settings::pings`].
    Pings(bool),
    /// See [`Settings::reconnect`].
    Reconnect(bool),
}

impl Setting {
    /// Every name, with the words that completion offers as its values.
    pub const NAMES: &[(&str, &[&str])] = &[
        ("json", JsonMode::NAMES),
        ("time", TimeMode::NAMES),
        ("dump", &["all", "0", "256", "4096"]),
        ("fold", &["all", "10", "40", "200"]),
        ("pings", SWITCH),
        ("reconnect", SWITCH),
    ];

    /// The change that `/set NAME VALUE` asks for.
    ///
    /// # Errors
    ///
    /// Which names or values there are.
    pub fn parse(name: &str, value: &str) -> Result<Self, String> {
        match name {
            "json" => value.parse().map(Self::Json),
            "time" if value.is_empty() => Ok(Self::Time(None)),
            "time" => value.parse().map(|mode| Self::Time(Some(mode))),
            "dump" => limit(value, "bytes").map(Self::Dump),
            "fold" => limit(value, "lines").map(Self::Fold),
            "pings" => switch(value).map(Self::Pings),
            "reconnect" => switch(value).map(Self::Reconnect),
            _ => Err(format!("{name:?} is not one of {}", names())),
        }
    }
}

impl Settings {
    /// Makes one change.
    pub fn apply(&mut self, setting: Setting) {
        match setting {
            Setting::Json(mode) => self.json = mode,
            Setting::Time(mode) => self.time = mode.unwrap_or_else(|| self.time.toggled()),
            Setting::Dump(bytes) => self.dump = bytes,
            Setting::Fold(lines) => self.fold = lines,
            Setting::Pings(shown) => self.pings = shown,
            Setting::Reconnect(wanted) => self.reconnect = wanted,
        }
    }

    /// Names and values, in the order of [`Setting::NAMES`], as they would be typed.
    #[must_use]
    pub fn list(&self) -> Vec<(&'static str, String)> {
        vec![
            ("json", self.json.name().to_owned()),
            ("time", self.time.name().to_owned()),
            ("dump", limit_name(self.dump)),
            ("fold", limit_name(self.fold)),
            ("pings", SWITCH[usize::from(!self.pings)].to_owned()),
            ("reconnect", SWITCH[usize::from(!self.reconnect)].to_owned()),
        ]
    }
}

/// An enum whose values are words of the command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The words, in the order of help.
            pub const NAMES: &[&str] = &[$($word),+];

            /// The word that is typed for this value.
            #[must_use]
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    "" => Err("the value is missing".to_owned()),
                    _ => Err(format!("{word:?} is not one of {}", Self::NAMES.join(", "))),
                }
            }
        }
    };
}

words! {
    /// How JSON is shown.
    JsonMode {
        /// Every text that is JSON is indented, numbers and strings included.
        On = "on",
        /// As it came.
        Off = "off",
        /// Objects and arrays are indented.
        Auto = "auto",
    }
}

words! {
    /// The time before each message.
    TimeMode {
        /// None.
        Off = "off",
        /// The time of day.
        Clock = "clock",
        /// The time since the message before.
        Delta = "delta",
    }
}

impl TimeMode {
    fn toggled(self) -> Self {
        match self {
            Self::Off => Self::Clock,
            Self::Clock | Self::Delta => Self::Off,
        }
    }
}

fn limit(value: &str, what: &str) -> Result<usize, String> {
    match value {
        "all" => Ok(usize::MAX),
        "" => Err(format!("the number of {what} is missing")),
        _ => value
            .parse()
            .map_err(|_| format!("{value:?} is neither a number of {what} nor all")),
    }
}

fn limit_name(limit: usize) -> String {
    match limit {
        usize::MAX => "all".to_owned(),
        _ => limit.to_string(),
    }
}

fn switch(value: &str) -> Result<bool, String> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{value:?} is neither on nor off")),
    }
}

fn names() -> String {
    let names: Vec<&str> = Setting::NAMES.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

const SWITCH: &[&str] = &["on", "off"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_what_can_be_set_again() {
        let mut settings = Settings::default();
        for (name, values) in Setting::NAMES {
            for value in *values {
                settings.apply(Setting::parse(name, value).unwrap());
                let listed = settings.list();
                let shown = &listed.iter().find(|(listed, _)| listed == name).unwrap().1;
                assert_eq!(shown, value, "{name}");
            }
        }
    }

    #[test]
    fn switches_the_time_without_a_value() {
        let mut settings = Settings::default();
        settings.apply(Setting::parse("time", "").unwrap());
        assert_eq!(settings.time, TimeMode::Clock);
        settings.apply(Setting::parse("time", "").unwrap());
        assert_eq!(settings.time, TimeMode::Off);
    }

    #[test]
    fn names_what_there_is() {
        for (name, value, expected) in [
            ("jsn", "on", "json, time, dump, fold, pings, reconnect"),
            ("json", "yes", "on, off, auto"),
            ("dump", "-1", "neither a number of bytes nor all"),
            ("fold", "", "the number of lines is missing"),
            ("pings", "maybe", "neither on nor off"),
        ] {
            let error = Setting::parse(name, value).unwrap_err();
            assert!(error.contains(expected), "{name} {value}: {error}");
        }
    }
}
