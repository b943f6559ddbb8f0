//! Who answered: one table of products and the marks that they leave.
//!
//! A proxy adds its headers to answers that came from behind it. So a header names the nearest hop,
//! and only the body names whoever decided: the two are looked up apart, never mixed.
//!
//! A new product is a row of [`PRODUCTS`] and a fixture in `tests/fixtures/answers`.

use super::{
    answer::{Answer, End},
    hop::Hop,
    mark::Mark,
};

/// A program or service that can be told by what it writes.
#[derive(Debug)]
pub struct Product {
    /// Its name as its makers write it.
    pub name: &'static str,
    /// The station it usually is.
    pub hop: Hop,
    /// Signs that it is the nearest hop: all marks of one of these lists.
    nearest: &'static [&'static [Mark]],
    /// The same, where something else could write it too.
    perhaps: &'static [&'static [Mark]],
    /// Signs that it wrote the body, and so took the decision.
    author: &'static [&'static [Mark]],
    /// Only a WebSocket server writes what `author` lists, so an endpoint exists.
    pub is_websocket_server: bool,
}

/// A product that was recognised, and by what.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Which one.
    pub product: &'static Product,
    /// Its name with the version where it gave one: `nginx/1.22.1`.
    pub label: String,
    /// The bytes that gave it away.
    pub evidence: Vec<String>,
    /// False when another product could have left the same marks.
    pub sure: bool,
}

/// The product whose header marks the answer bears: the nearest hop.
#[must_use]
pub fn nearest(answer: &Answer) -> Option<Identified> {
    first(answer, |product| product.nearest, true)
        .or_else(|| first(answer, |product| product.author, true).filter(Identified::is_front))
        .or_else(|| first(answer, |product| product.perhaps, false))
}

/// The product that wrote the body: the origin of the decision.
#[must_use]
pub fn author(answer: &Answer) -> Option<Identified> {
    first(answer, |product| product.author, true)
}

/// The product of that name; for tables that name one.
#[must_use]
pub fn named(name: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.name == name)
}

impl Identified {
    fn is_front(&self) -> bool {
        self.product.hop != Hop::Application
    }
}

fn first(
    answer: &Answer,
    lists: impl Fn(&Product) -> &'static [&'static [Mark]],
    sure: bool,
) -> Option<Identified> {
    PRODUCTS.iter().find_map(|product| {
        let marks = lists(product)
            .iter()
            .find(|marks| marks.iter().all(|mark| mark.is_on(answer)))?;
        let evidence: Vec<_> = marks.iter().filter_map(|mark| mark.quote(answer)).collect();
        Some(Identified {
            product,
            label: label(product.name, &evidence),
            evidence,
            sure,
        })
    })
}

/// `NAME/VERSION` as it stands in the evidence, else the plain name.
fn label(name: &str, evidence: &[String]) -> String {
    let versioned = |word: &str| {
        let (product, version) = word.split_once('/')?;
        let is_version = version.starts_with(|c: char| c.is_ascii_digit());
        (product.eq_ignore_ascii_case(name) && is_version).then(|| word.to_owned())
    };
    let boundary = |c: char| c.is_whitespace() || "()<>\"".contains(c);
    let mut words = evidence.iter().flat_map(|line| line.split(boundary));
    words.find_map(versioned).unwrap_or_else(|| name.to_owned())
}

const fn front(
    name: &'static str,
    nearest: &'static [&'static [Mark]],
    author: &'static [&'static [Mark]],
) -> Product {
    Product {
        name,
        hop: Hop::ReverseProxy,
        nearest,
        perhaps: &[],
        author,
        is_websocket_server: false,
    }
}

const fn server(name: &'static str, author: &'static [&'static [Mark]]) -> Product {
    Product {
        name,
        hop: Hop::Application,
        nearest: &[],
        perhaps: &[],
        author,
        is_websocket_server: true,
    }
}

use Mark::{
    Before, Body, BodyIs, Header, LowerCaseNames, NoBody, NoHeader, Nothing, Reason, Status, Took,
};

/// The products, the more telling marks first: a service that wraps another (Cloudflare before
/// nginx) stands above it.
pub static PRODUCTS: &[Product] = &[
    front(
        "Cloudflare",
        &[&[Header("cf-ray", "")], &[Header("server", "cloudflare")]],
        &[
            &[Header("cf-mitigated", "challenge")],
            &[Header("server", "cloudflare"), Body("Just a moment...")],
            &[
                Header("server", "cloudflare"),
                Status(&[520, 521, 522, 523, 524, 525, 526, 527]),
            ],
        ],
    ),
    front(
        "CloudFront",
        &[
            &[Header("x-amz-cf-id", "")],
            &[Header("x-cache", "cloudfront")],
        ],
        &[&[Header("x-cache", "error from cloudfront")]],
    ),
    front(
        "API Gateway",
        &[&[Header("x-amzn-requestid", "")]],
        &[&[Header("x-amzn-requestid", ""), Body("{\"message\":")]],
    ),
    front(
        "AWS ALB",
        &[&[Header("server", "awselb")]],
        &[&[Header("server", "awselb"), Body("<center><h1>")]],
    ),
    Product {
        hop: Hop::OnPath,
        ..front(
            "Zscaler",
            &[&[Header("server", "zscaler")]],
            &[&[Header("server", "zscaler")]],
        )
    },
    Product {
        hop: Hop::OnPath,
        ..front(
            "mitmproxy",
            &[&[Header("server", "mitmproxy")]],
            &[&[Header("server", "mitmproxy")]],
        )
    },
    Product {
        hop: Hop::YourProxy,
        ..front(
            "Squid",
            &[
                &[Header("x-squid-error", "")],
                &[Header("via", "(squid/")],
                &[Header("server", "squid/")],
            ],
            &[&[Header("x-squid-error", "")]],
        )
    },
    Product {
        hop: Hop::YourProxy,
        ..front(
            "tinyproxy",
            &[
                &[Header("server", "tinyproxy")],
                &[Header("via", "(tinyproxy/")],
                &[Header("proxy-agent", "tinyproxy")],
            ],
            &[&[Header("server", "tinyproxy")]],
        )
    },
    Product {
        hop: Hop::YourProxy,
        ..front(
            "Privoxy",
            &[&[Header("proxy-agent", "privoxy")]],
            &[&[Body("(Privoxy@")], &[Body("Privoxy was unable")]],
        )
    },
    front(
        "Varnish",
        &[&[Header("x-varnish", "")], &[Header("via", "varnish")]],
        &[&[Body("Guru Meditation")]],
    ),
    front(
        "Envoy",
        &[
            &[Header("server", "envoy")],
            &[Header("x-envoy-upstream-service-time", "")],
            &[Header("server", "istio-envoy")],
        ],
        &[
            &[Body(
                "upstream connect error or disconnect/reset before headers",
            )],
            &[
                Header("server", "envoy"),
                BodyIs("upstream request timeout"),
            ],
            &[Header("server", "envoy"), BodyIs("no healthy upstream")],
            // of an answer that it passes on, Envoy keeps the order and adds date behind it
            &[
                Header("server", "envoy"),
                NoBody,
                NoHeader("x-envoy-upstream-service-time"),
                Before("date", "content-length"),
            ],
        ],
    ),
    front(
        "ATS",
        &[
            &[Header("server", "ATS/")],
            &[Header("via", "ApacheTrafficServer")],
        ],
        &[
            &[Body("Not Found on Accelerator")],
            &[Header("server", "ATS/"), Body("<TITLE>")],
        ],
    ),
    front(
        "IIS",
        &[&[Header("server", "Microsoft-IIS")]],
        &[&[Body(
            "WebSocket request made to a site where WebSockets are disabled",
        )]],
    ),
    front(
        "nginx",
        &[
            &[Header("server", "nginx")],
            &[Header("server", "openresty")],
        ],
        &[
            &[Body("<hr><center>nginx")],
            &[Body("<hr><center>openresty")],
        ],
    ),
    front(
        "Apache",
        &[&[Header("server", "Apache")]],
        &[
            &[
                Header("server", "Apache"),
                Body("<!DOCTYPE HTML PUBLIC \"-//"),
                Body("<h1>"),
            ],
            &[Body("<address>Apache/")],
        ],
    ),
    front(
        "Caddy",
        &[&[Header("server", "Caddy")]],
        &[
            &[Header("server", "Caddy"), NoBody, Status(&[502, 503, 504])],
            &[
                Header("server", "Caddy"),
                NoBody,
                Status(&[200]),
                NoHeader("content-type"),
            ],
        ],
    ),
    front(
        "lighttpd",
        &[&[Header("server", "lighttpd")]],
        &[&[Header("server", "lighttpd"), Body("<?xml version")]],
    ),
    front(
        "h2o",
        &[&[Header("server", "h2o")]],
        &[
            &[Header("server", "h2o"), Reason("Gateway Error")],
            &[Header("server", "h2o"), Reason("File Not Found")],
        ],
    ),
    front(
        "node http-proxy",
        &[],
        &[&[Body("Error occurred while trying to proxy")]],
    ),
    Product {
        // Go's own pages: Traefik adds nothing to them, and other Go servers write the same
        perhaps: &[
            &[
                NoHeader("server"),
                Status(&[404]),
                Header("x-content-type-options", "nosniff"),
                BodyIs("404 page not found"),
            ],
            &[
                NoHeader("server"),
                Status(&[502]),
                Header("content-type", "text/plain; charset=utf-8"),
                BodyIs("Bad Gateway"),
            ],
            &[
                NoHeader("server"),
                Status(&[504]),
                Header("content-type", "text/plain; charset=utf-8"),
                BodyIs("Gateway Timeout"),
            ],
        ],
        ..front(
            "Traefik",
            &[],
            &[&[
                NoHeader("server"),
                Status(&[503]),
                Header("x-content-type-options", "nosniff"),
                BodyIs("no available server"),
            ]],
        )
    },
    Product {
        perhaps: &[&[
            LowerCaseNames,
            NoHeader("server"),
            NoHeader("x-envoy-upstream-service-time"),
        ]],
        ..front(
            "HAProxy",
            &[],
            &[
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("Your browser sent an invalid request."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("Request forbidden by administrative rules."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("Your browser didn't send a complete request in time."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("You have sent too many requests in a given amount of time."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("An internal server error occurred."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("The server returned an invalid or incomplete response."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("No server is available to handle this request."),
                ],
                &[
                    NoHeader("server"),
                    Body("<html><body><h1>"),
                    Body("The server didn't respond in time."),
                ],
            ],
        )
    },
    server(
        "Python websockets",
        &[&[Body("Failed to open a WebSocket connection")]],
    ),
    server(
        "aiohttp",
        &[
            &[Body("No WebSocket UPGRADE hdr")],
            &[Body("Can \"Upgrade\" only to \"WebSocket\"")],
            &[Body("No CONNECTION upgrade hdr")],
        ],
    ),
    server(
        "Socket.IO",
        &[
            &[
                Status(&[400, 403]),
                Body("{\"code\":"),
                Body("\"message\":\"Transport unknown\""),
            ],
            &[
                Status(&[400, 403]),
                Body("{\"code\":"),
                Body("\"message\":\"Session ID unknown\""),
            ],
            &[
                Status(&[400, 403]),
                Body("{\"code\":"),
                Body("\"message\":\"Bad handshake method\""),
            ],
            &[
                Status(&[400, 403]),
                Body("{\"code\":"),
                Body("\"message\":\"Bad request\""),
            ],
            &[
                Status(&[400, 403]),
                Body("{\"code\":"),
                Body("\"message\":\"Unsupported protocol version\""),
            ],
            &[Nothing(End::Fin), Took(950, 1300)],
        ],
    ),
    server(
        "ws",
        &[
            &[Status(&[426]), BodyIs("Upgrade Required")],
            &[Body("Missing or invalid Sec-WebSocket-Key header")],
            &[Body("Missing or invalid Sec-WebSocket-Version header")],
            &[Status(&[400]), BodyIs("Invalid Upgrade header")],
        ],
    ),
    server(
        "gorilla",
        &[
            &[
                Status(&[400, 403]),
                Header("sec-websocket-version", "13"),
                BodyIs("Bad Request"),
            ],
            &[
                Status(&[403]),
                Header("sec-websocket-version", "13"),
                BodyIs("Forbidden"),
            ],
        ],
    ),
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(raw: &str) -> Answer {
        Answer::new(raw.as_bytes().to_vec(), End::Open, Duration::ZERO)
    }

    #[test]
    fn a_header_names_the_nearest_hop_and_the_body_the_author() {
        let answer =
            answer("HTTP/1.1 426 Upgrade Required\r\nServer: nginx/1.22.1\r\n\r\nUpgrade Required");
        let (nearest, author) = (nearest(&answer).unwrap(), author(&answer).unwrap());
        assert_eq!(
            (nearest.label.as_str(), author.product.name),
            ("nginx/1.22.1", "ws")
        );
        assert_eq!(nearest.evidence, ["Server: nginx/1.22.1"]);
        assert!(author.product.is_websocket_server);
    }

    #[test]
    fn lower_case_names_alone_are_only_perhaps_haproxy() {
        let answer = answer(
            "HTTP/1.1 426 Upgrade Required\r\ncontent-type: text/plain\r\n\r\nUpgrade Required",
        );
        let nearest = nearest(&answer).unwrap();
        assert_eq!((nearest.product.name, nearest.sure), ("HAProxy", false));
    }

    #[test]
    fn a_version_is_read_out_of_a_via_header() {
        let answer =
            answer("HTTP/1.1 404 Not Found\r\nVia: 1.1 proxy.corp.example (squid/5.7)\r\n\r\n");
        assert_eq!(nearest(&answer).unwrap().label, "squid/5.7");
    }

    #[test]
    fn an_empty_answer_names_nobody() {
        assert!(nearest(&Answer::new(Vec::new(), End::Fin, Duration::ZERO)).is_none());
    }

    #[test]
    fn names_are_unique() {
        for product in PRODUCTS {
            let same = PRODUCTS.iter().filter(|other| other.name == product.name);
            assert_eq!(same.count(), 1, "{}", product.name);
        }
    }
}
