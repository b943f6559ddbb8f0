//! What a certificate says about itself, for people to read: nothing here decides what is trusted.

use std::time::{SystemTime, UNIX_EPOCH};

use x509_parser::{
    extensions::{GeneralName, ParsedExtension},
    prelude::{FromDer as _, X509Certificate},
};

const DAY: i64 = 24 * 60 * 60;

/// id-ad-caIssuers, RFC 5280 §4.2.2.1.
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

/// A certificate's own words. They come from the peer and may hold anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The names and addresses it is for (subjectAltName).
    pub names: Vec<String>,
    /// The first second it is valid, since 1970.
    pub not_before: i64,
    /// The last second it is valid, since 1970.
    pub not_after: i64,
    /// Subject and issuer are the same.
    pub is_self_signed: bool,
    /// It says where its issuer's certificate can be fetched, as public authorities' do.
    pub tells_issuers_place: bool,
}

impl Certificate {
    /// Reads a certificate; `None` where it is not one.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            names: names(&parsed),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            is_self_signed: parsed.subject() == parsed.issuer(),
            tells_issuers_place: tells_issuers_place(&parsed),
        })
    }

    /// Whole days until it ends, negative where it has ended.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        (self.not_after - now()).div_euclid(DAY)
    }

    /// Whole days until it begins; zero or less where it has begun.
    #[must_use]
    pub fn days_until_valid(&self) -> i64 {
        (self.not_before - now()).div_euclid(DAY) + i64::from(self.not_before > now())
    }
}

/// The public key of a certificate as it stands in it (SubjectPublicKeyInfo).
pub(super) fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

/// The product that issued one of these certificates in place of a public authority, where its name is known.
///
/// Inspecting proxies and virus scanners put their own name into the issuer; the list is of what users report.
#[must_use]
pub fn interceptor(chain: &[Certificate]) -> Option<&'static str> {
    const PRODUCTS: [&str; 26] = [
        "Zscaler",
        "Netskope",
        "Fortinet",
        "FortiGate",
        "Palo Alto",
        "Blue Coat",
        "Cisco Umbrella",
        "Sophos",
        "Check Point",
        "Barracuda",
        "WatchGuard",
        "McAfee",
        "Forcepoint",
        "Websense",
        "Kaspersky",
        "ESET SSL",
        "Avast",
        "AVG Technologies",
        "Bitdefender",
        "mitmproxy",
        "Charles Proxy",
        "Fiddler",
        "PortSwigger",
        "OWASP",
        "Proxyman",
        "iboss",
    ];
    PRODUCTS.into_iter().find(|product| {
        let product = product.to_ascii_lowercase();
        chain
            .iter()
            .any(|certificate| certificate.issuer.to_ascii_lowercase().contains(&product))
    })
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(name)
        .collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => address(octets),
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<String> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(v4).to_string());
    }
    let v6 = <[u8; 16]>::try_from(octets).ok()?;
    Some(std::net::Ipv6Addr::from(v6).to_string())
}

fn tells_issuers_place(certificate: &X509Certificate<'_>) -> bool {
    certificate
        .extensions()
        .iter()
        .any(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => access
                .accessdescs
                .iter()
                .any(|description| description.access_method.to_id_string() == CA_ISSUERS),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_read() {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["a.test".to_owned(), "127.0.0.1".to_owned()];
        let params = rcgen::CertificateParams::new(names.clone()).unwrap();
        let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
        assert_eq!(certificate.names, names);
        assert!(certificate.is_self_signed);
        assert!(certificate.days_left() > 365 && certificate.days_until_valid() <= 0);
    }

    #[test]
    fn an_inspecting_product_is_known_by_its_issuer() {
        let mut certificate = Certificate {
            subject: "CN=chat.example".to_owned(),
            issuer: "O=Zscaler Inc., CN=Zscaler Intermediate Root CA".to_owned(),
            names: Vec::new(),
            not_before: 0,
            not_after: 0,
            is_self_signed: false,
            tells_issuers_place: false,
        };
        assert_eq!(
            interceptor(std::slice::from_ref(&certificate)),
            Some("Zscaler")
        );
        certificate.issuer = "C=US, O=Let's Encrypt, CN=R11".to_owned();
        assert_eq!(interceptor(&[certificate]), None);
    }

    #[test]
    fn arbitrary_bytes_never_panic() {
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = u.arbitrary()?;
            let _ = Certificate::from_der(&bytes);
            Ok(())
        });
    }
}
