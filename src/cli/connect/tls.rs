//! The flags about TLS.

use std::{fs, path::Path, str::FromStr};

use clap::{Args, ValueEnum};

use crate::{
    Env,
    cli::{connect::roots, usage},
    error::Error,
    net::{
        Scheme, Target,
        tls::{Identity, KeyLogFile, Options, Pin, ServerName, TrustIn, Verification, Version},
    },
};

/// How TLS is spoken.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "TLS")]
pub struct TlsArgs {
    /// Go on although the server's certificate is not valid
    ///
    /// What is wrong with it is still said with -v.
    #[arg(short = 'k', long, alias = "no-check")]
    pub insecure: bool,

    /// Trust the certificates in this PEM file too
    #[arg(long, alias = "ca", value_name = "FILE")]
    pub cacert: Vec<String>,

    /// Trust nothing but --cacert
    #[arg(long, requires = "cacert")]
    pub ca_only: bool,

    /// Show this certificate to the server (PEM, with its chain)
    #[arg(long, value_name = "FILE")]
    pub cert: Option<String>,

    /// The private key of --cert (PEM), where it is not in that file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<String>,

    /// Accept TLS 1.2 and later
    #[arg(long = "tlsv1.2", conflicts_with = "tls13")]
    pub tls12: bool,

    /// Accept TLS 1.3 alone
    #[arg(long = "tlsv1.3")]
    pub tls13: bool,

    /// Offer no later version than this
    #[arg(long, value_name = "VERSION")]
    pub tls_max: Option<Highest>,

    /// Ask for this name by SNI, and check the certificate for it
    #[arg(long, value_name = "NAME", conflicts_with = "no_sni")]
    pub sni: Option<String>,

    /// Send no name by SNI
    #[arg(long)]
    pub no_sni: bool,

    /// Offer these protocols by ALPN, separated by commas
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "http/1.1",
        conflicts_with = "no_alpn"
    )]
    pub alpn: Vec<AlpnName>,

    /// Send no ALPN
    #[arg(long)]
    pub no_alpn: bool,

    /// Accept only a server with one of these public keys
    ///
    /// sha256//BASE64, several separated by semicolons. It holds with -k too.
    #[arg(long, value_name = "HASHES", value_delimiter = ';')]
    pub pinnedpubkey: Vec<PinArg>,
}

/// The value of `--tls-max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Highest {
    /// TLS 1.2.
    #[value(name = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[value(name = "1.3")]
    Tls13,
}

/// A protocol's name for ALPN: 1 to 255 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlpnName(pub String);

impl FromStr for AlpnName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.len() {
            1..=255 => Ok(Self(text.to_owned())),
            _ => Err("a protocol's name has 1 to 255 bytes".to_owned()),
        }
    }
}

/// One hash of `--pinnedpubkey`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinArg(pub Pin);

impl FromStr for PinArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.trim()
            .strip_prefix("sha256//")
            .and_then(|hash| data_encoding::BASE64.decode(hash.as_bytes()).ok())
            .and_then(|hash| hash.try_into().ok())
            .map(|hash| Self(Pin(hash)))
            .ok_or_else(|| {
                "it is written sha256// and the 44 characters of a SHA-256 in base64".to_owned()
            })
    }
}

impl TlsArgs {
    pub(super) fn options(
        &self,
        target: &Target,
        env: &Env,
        notes: &mut Vec<String>,
    ) -> Result<Options, Error> {
        let mut options = Options {
            extra_roots: roots("--cacert", &self.cacert)?,
            identity: self.identity()?,
            pins: self.pinnedpubkey.iter().map(|pin| pin.0).collect(),
            alpn: self.alpn(),
            ..Options::default()
        };
        if self.ca_only {
            options.trust = TrustIn::Given;
        }
        if self.insecure {
            options.verification = Verification::Recorded;
        }
        if self.tls13 {
            options.lowest = Version::Tls13;
        }
        if self.tls_max == Some(Highest::Tls12) {
            options.highest = Version::Tls12;
        }
        if options.lowest > options.highest {
            return Err(usage("--tlsv1.3 and --tls-max 1.2 leave no version"));
        }
        options.server_name = match (&self.sni, self.no_sni) {
            (Some(name), _) => ServerName::Other(name.clone()),
            (None, true) => ServerName::Unsent,
            (None, false) => ServerName::Host,
        };
        if target.scheme == Scheme::Wss {
            options.key_log = key_log(env, notes);
        }
        Ok(options)
    }

    fn alpn(&self) -> Vec<Vec<u8>> {
        if self.no_alpn {
            return Vec::new();
        }
        self.alpn
            .iter()
            .map(|name| name.0.clone().into_bytes())
            .collect()
    }

    fn identity(&self) -> Result<Option<Identity>, Error> {
        let Some(cert) = &self.cert else {
            return Ok(None);
        };
        let chain = read("--cert", cert)?;
        let key = match &self.key {
            Some(key) => read("--key", key)?,
            None => chain.clone(),
        };
        let named = match &self.key {
            Some(key) => format!("--cert {cert} --key {key}"),
            None => format!("--cert {cert}"),
        };
        Identity::from_pem(&chain, &key)
            .map(Some)
            .map_err(|error| usage(format!("{named}: {error}")))
    }
}

fn read(flag: &str, file: &str) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|error| usage(format!("{flag} {file}: {error}")))
}

fn key_log(env: &Env, notes: &mut Vec<String>) -> Option<KeyLogFile> {
    let file = env.var("SSLKEYLOGFILE")?;
    match KeyLogFile::open(Path::new(file)) {
        Ok(log) => {
            notes.push(format!(
                "the keys of this connection are written to {file}: whoever reads it can decrypt the traffic (SSLKEYLOGFILE)"
            ));
            Some(log)
        }
        Err(error) => {
            notes.push(format!(
                "no keys are written to {file} (SSLKEYLOGFILE): {error}"
            ));
            None
        }
    }
}
