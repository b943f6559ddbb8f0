//! The grammar, the offers and the answers of RFC 7692, row by row.

use super::*;

fn agreed(offer: &str, answer: &str) -> Result<Option<DeflateParams>, ExtensionError> {
    let offer: Offer = offer.parse().unwrap();
    offer.agreed([answer.as_bytes()])
}

#[test]
fn offers_what_browsers_offer() {
    assert_eq!(
        Offer::default().to_string(),
        "permessage-deflate; client_max_window_bits"
    );
}

#[test]
fn reads_the_value_of_the_flag() {
    for (flag, header) in FLAGS {
        assert_eq!(
            flag.parse::<Offer>().unwrap().to_string(),
            *header,
            "{flag}"
        );
    }
}

#[test]
fn says_what_is_wrong_with_the_flag() {
    for (flag, message) in WRONG_FLAGS {
        assert_eq!(
            flag.parse::<Offer>().unwrap_err().to_string(),
            *message,
            "{flag}"
        );
    }
}

#[test]
fn settles_as_the_rfc_says() {
    for (offer, answer, settled) in SETTLED {
        let params = agreed(offer, answer).unwrap().unwrap();
        assert_eq!(params.to_string(), *settled, "{offer} / {answer}");
    }
}

#[test]
fn refuses_an_answer_that_is_none_to_the_offer() {
    for (offer, answer, message) in REFUSED {
        let error = agreed(offer, answer).unwrap_err();
        assert_eq!(error.to_string(), *message, "{offer} / {answer}");
    }
}

/// What `-H` sends need not be what `--deflate` takes.
#[test]
fn an_answer_is_held_against_the_headers_that_were_sent() {
    let sent = |headers: &[&str]| Offer::sent(headers.iter().map(|header| header.as_bytes()));
    let answer = [&b"permessage-deflate"[..]];
    let refused = |headers| sent(headers).unwrap().agreed(answer).unwrap_err();
    assert_eq!(refused(&[]), ExtensionError::NotOffered);
    assert_eq!(refused(&["x-custom"]), ExtensionError::NotOffered);
    let offer = [
        "x-custom; a=1",
        "permessage-deflate; server_max_window_bits=8",
    ];
    assert_eq!(refused(&offer), Problem::LeftOut.of(SERVER_MAX_WINDOW_BITS));
    assert_eq!(sent(&["permessage-deflate; level=9"]), None);
    assert_eq!(sent(&["permessage-deflate; ="]), None);
}

#[test]
fn no_answer_is_no_compression() {
    assert_eq!(Offer::default().agreed([]), Ok(None));
    assert_eq!(agreed("", ""), Ok(None));
    assert_eq!(agreed("", " , "), Ok(None));
    assert_eq!(agreed("", "x-custom; a=1"), Ok(None));
}

#[test]
fn an_answer_may_fit_any_alternative() {
    let offer = "server_max_window_bits=10, client_no_context_takeover";
    let params = agreed(offer, "permessage-deflate").unwrap().unwrap();
    assert!(params.client_no_context_takeover);
    let params = agreed(offer, "permessage-deflate; server_max_window_bits=10");
    assert!(!params.unwrap().unwrap().client_no_context_takeover);
}

#[test]
fn no_bytes_make_the_parser_panic() {
    arbtest::arbtest(|u| {
        let bytes: Vec<u8> = u.arbitrary()?;
        if let Err(error) = Offer::default().agreed([&bytes[..]]) {
            assert!(!error.to_string().is_empty());
        }
        Ok(())
    });
}

#[test]
fn what_a_server_answers_its_client_settles_the_same() {
    arbtest::arbtest(|u| {
        let mut bits = || {
            u.int_in_range(9..=15)
                .map(|bits| Some(bits).filter(|b| *b > 9))
        };
        let (server, client) = (bits()?, bits()?);
        let offer = Offer(vec![Params {
            server_no_context_takeover: u.arbitrary()?,
            client_no_context_takeover: u.arbitrary()?,
            server_max_window_bits: server,
            client_max_window_bits: if u.arbitrary()? { Some(client) } else { None },
        }]);
        let (answer, params) = accept([offer.to_string().as_bytes()]).unwrap();
        assert_eq!(
            offer.agreed([answer.as_bytes()]),
            Ok(Some(params)),
            "{offer}"
        );
        Ok(())
    });
}

#[test]
fn a_server_passes_over_what_it_cannot_meet() {
    let offers = b"x-webkit-deflate-frame, permessage-deflate; foo, permessage-deflate";
    let (answer, _) = accept([&offers[..]]).unwrap();
    assert_eq!(answer, "permessage-deflate");
    assert_eq!(accept([&b"permessage-bzip2"[..]]), None);
    assert_eq!(accept([]), None);
}

const FLAGS: &[(&str, &str)] = &[
    ("", "permessage-deflate"),
    ("permessage-deflate", "permessage-deflate"),
    (
        "client_max_window_bits; server_max_window_bits=\"1\\0\"",
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits",
    ),
    (
        "permessage-deflate; client_max_window_bits=9;server_no_context_takeover ;\
         client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
         client_max_window_bits=9",
    ),
    (
        "server_max_window_bits=10, permessage-deflate",
        "permessage-deflate; server_max_window_bits=10, permessage-deflate",
    ),
];

const WRONG_FLAGS: &[(&str, &str)] = &[
    (
        "level=9",
        "permessage-deflate parameter `level` is unknown (RFC 7692 §7.1)",
    ),
    (
        "server_max_window_bits=16",
        "permessage-deflate parameter `server_max_window_bits` must be from 8 to 15, and is \
         `16` (RFC 7692 §7.1.2)",
    ),
    (
        "server_max_window_bits",
        "permessage-deflate parameter `server_max_window_bits` needs a value from 8 to 15 \
         (RFC 7692 §7.1.2)",
    ),
    (
        "client_max_window_bits=8",
        "permessage-deflate parameter `client_max_window_bits` must be from 9 to 15: a window \
         of 8 bits is never offered",
    ),
    (
        "client_no_context_takeover=1",
        "permessage-deflate parameter `client_no_context_takeover` takes no value, and has \
         `1` (RFC 7692 §7.1.1)",
    ),
    (
        "client_max_window_bits; client_max_window_bits",
        "permessage-deflate parameter `client_max_window_bits` is given twice (RFC 7692 §7.1)",
    ),
    (
        "client_max_window_bits=",
        "the extension header is malformed at byte 43, before `` (RFC 6455 §9.1)",
    ),
];

const SETTLED: &[(&str, &str, &str)] = &[
    (
        "client_max_window_bits",
        "permessage-deflate",
        "permessage-deflate",
    ),
    (
        "client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=8",
    ),
    (
        "client_max_window_bits=10",
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits=10",
    ),
    (
        "server_max_window_bits=12",
        "permessage-deflate ;server_max_window_bits=\"9\"",
        "permessage-deflate; server_max_window_bits=9",
    ),
    (
        "client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=8",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
         server_max_window_bits=8",
    ),
    (
        "",
        ",permessage-deflate; client_no_context_takeover,",
        "permessage-deflate; client_no_context_takeover",
    ),
];

const REFUSED: &[(&str, &str, &str)] = &[
    (
        "",
        "permessage-deflate, permessage-deflate",
        "the server chose permessage-deflate twice (RFC 7692 §5.1)",
    ),
    (
        "",
        "permessage-deflate; client_max_window_bits=10",
        "permessage-deflate parameter `client_max_window_bits` was not offered (RFC 7692 \
         §7.1.2.2)",
    ),
    (
        "client_max_window_bits",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate parameter `client_max_window_bits` needs a value from 8 to 15 \
         (RFC 7692 §7.1.2)",
    ),
    (
        "client_max_window_bits=10",
        "permessage-deflate; client_max_window_bits=11",
        "permessage-deflate parameter `client_max_window_bits` is 11, more than the 10 that \
         was offered (RFC 7692 §7.1.2)",
    ),
    (
        "server_max_window_bits=10",
        "permessage-deflate",
        "permessage-deflate parameter `server_max_window_bits` was asked for, and the server \
         left it out (RFC 7692 §7.1)",
    ),
    (
        "server_no_context_takeover",
        "permessage-deflate",
        "permessage-deflate parameter `server_no_context_takeover` was asked for, and the \
         server left it out (RFC 7692 §7.1)",
    ),
    (
        "",
        "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate parameter `server_max_window_bits` must be from 8 to 15, and is \
         `08` (RFC 7692 §7.1.2)",
    ),
    (
        "",
        "permessage-deflate; =",
        "the extension header is malformed at byte 20, before `=` (RFC 6455 §9.1)",
    ),
    (
        "",
        "permessage-deflate; server_max_window_bits=\"10",
        "the extension header is malformed at byte 43, before `\"10` (RFC 6455 §9.1)",
    ),
];
