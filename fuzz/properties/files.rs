//! What must hold of files and redirects: nothing of them breaks out of its header field, or goes to another host.

use wscope::{
    handshake::{Request, cookies::Jar, netrc, redirect},
    net::{Scheme, Target},
};

/// `input` is a cookie file, a `.netrc`, and where a server redirects to.
pub(crate) fn holds(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let target: Target = parsed("wss://user:hunter2@app.example.com/ws?x=1");
    let own = own_cookies(&text, &target);
    let _ = netrc::credentials(&text, "app.example.com");
    let location = text.lines().next().unwrap_or_default();
    let Ok(next) = redirect::target(&target, location) else {
        return;
    };
    assert_eq!(next.userinfo, None, "credentials are the user's to give");
    assert!(matches!(next.scheme, Scheme::Ws | Scheme::Wss));
    let mut request = Request::new(&target);
    request.cookie = own;
    let crossed = redirect::request(&request, &target, &next);
    let is_same =
        (target.scheme, &target.host, target.port) == (next.scheme, &next.host, next.port);
    assert!(is_same || (crossed.authorization.is_none() && crossed.cookie.is_none()));
    is_one_request(&crossed);
}

fn own_cookies(text: &str, target: &Target) -> Option<String> {
    let cookies = Jar::parse(text).cookies_for(target)?;
    assert!(!cookies.contains(char::is_control), "{cookies:?}");
    let elsewhere = parsed("wss://other.test/ws");
    let numbered = parsed("wss://127.0.0.1/ws");
    let is_told = |domain: &str| text.to_ascii_lowercase().contains(domain);
    for (place, domain) in [(elsewhere, "test"), (numbered, "127.0.0.1")] {
        let foreign = Jar::parse(text).cookies_for(&place);
        assert!(foreign.is_none() || is_told(domain), "{foreign:?}");
    }
    Some(cookies)
}

/// As many lines as it has fields, and none of them broken.
fn is_one_request(request: &Request) {
    let bytes = request.encode().bytes;
    let head = std::str::from_utf8(&bytes).expect("a request is text");
    let lines: Vec<_> = head.split("\r\n").collect();
    assert!(
        lines[0].starts_with("GET /") && lines[0].ends_with(" HTTP/1.1"),
        "{head:?}"
    );
    assert_eq!(lines[0].split(' ').count(), 3, "{head:?}");
    assert!(
        lines.iter().all(|line| !line.contains(char::is_control)),
        "{head:?}"
    );
    let fields = &lines[1..lines.len() - 2];
    assert!(fields.iter().all(|field| field.contains(": ")), "{head:?}");
    assert!(head.ends_with("\r\n\r\n") && fields.len() <= 9, "{head:?}");
}

fn parsed(url: &str) -> Target {
    Target::parse(url).expect("a URL").0
}
