//! What a chain of certificates says by itself: names, times, issuers.

use std::time::{SystemTime, UNIX_EPOCH};

use x509_parser::{
    extensions::{GeneralName, ParsedExtension},
    prelude::{FromDer as _, X509Certificate, X509Name},
};

use super::evidence::{Evidence, Fact};
use crate::output::counted;

/// A leaf that ends sooner is worth a warning.
const SOON_DAYS: i64 = 21;

/// Issuers that put a certificate of their own in the place of the server's.
const INSPECTORS: [&str; 14] = [
    "zscaler",
    "netskope",
    "fortinet",
    "fortigate",
    "palo alto",
    "avast",
    "eset ssl",
    "kaspersky",
    "mitmproxy",
    "fiddler",
    "charles proxy",
    "sophos",
    "blue coat",
    "cisco umbrella",
];

/// What a report says of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// Whom the leaf was issued by.
    pub issuer: String,
    /// Whole days until the leaf ends; negative once it has.
    pub days_left: i64,
}

/// Notes what the chain shows; none where the leaf cannot be read.
///
/// `refused` is what verification held against it.
pub(super) fn read(
    chain: &[Vec<u8>],
    refused: Option<&str>,
    evidence: &mut Evidence,
) -> Option<Chain> {
    let (_, leaf) = X509Certificate::from_der(chain.first()?).ok()?;
    let issuer = name(leaf.issuer());
    let days_left = days_until(leaf.validity().not_after.timestamp());
    evidence.value("issuer", issuer.clone());
    evidence.value("sans", names(&leaf));
    evidence.value("cert_days", counted(days_left, "day"));
    evidence.value("cert_end", ended(days_left));
    if (0..SOON_DAYS).contains(&days_left) {
        evidence.saw(Fact::CertEndsSoon);
    }
    if let Some(refused) = refused {
        faults(chain.len(), &leaf, refused, evidence);
    }
    Some(Chain { issuer, days_left })
}

fn faults(length: usize, leaf: &X509Certificate<'_>, refused: &str, evidence: &mut Evidence) {
    let validity = leaf.validity();
    let is_self_signed = leaf.issuer() == leaf.subject();
    let issuer = name(leaf.issuer()).to_ascii_lowercase();
    if days_until(validity.not_after.timestamp()) < 0 {
        evidence.saw(Fact::CertExpired);
    } else if validity.not_before.timestamp() > now() {
        evidence.saw(Fact::CertNotYetValid);
    } else if refused.contains("not for") {
        evidence.saw(Fact::CertWrongName);
    } else if is_self_signed {
        evidence.saw(Fact::CertSelfSigned);
    } else {
        evidence.saw(Fact::CertUnknownIssuer);
        if length == 1 {
            evidence.saw(Fact::LeafOnly);
        }
    }
    if INSPECTORS
        .iter()
        .any(|inspector| issuer.contains(inspector))
    {
        evidence.saw(Fact::KnownInspector);
    }
}

/// The common name, beside the organisation where that says more.
fn name(name: &X509Name<'_>) -> String {
    let common = name
        .iter_common_name()
        .next()
        .and_then(|part| part.as_str().ok());
    let organisation = name
        .iter_organization()
        .next()
        .and_then(|part| part.as_str().ok());
    match (organisation, common) {
        (Some(organisation), Some(common)) if organisation != common => {
            format!("{organisation} / {common}")
        }
        (organisation, common) => common
            .or(organisation)
            .unwrap_or("an unnamed issuer")
            .to_owned(),
    }
}

/// The first of the names that the leaf is for.
fn names(leaf: &X509Certificate<'_>) -> String {
    let alternatives =
        leaf.extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => Some(names),
                _ => None,
            });
    let names: Vec<_> = alternatives
        .iter()
        .flat_map(|names| &names.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .take(4)
        .collect();
    if names.is_empty() {
        name(leaf.subject())
    } else {
        names.join(", ")
    }
}

fn ended(days_left: i64) -> String {
    match -days_left {
        ..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

fn days_until(timestamp: i64) -> i64 {
    (timestamp - now()).div_euclid(24 * 60 * 60)
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
