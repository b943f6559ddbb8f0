//! How to reach the server: the flags that every command which connects shares.

mod address;
mod proxy;

use std::path::Path;

use clap::Args;

pub use address::AddressArgs;
pub use proxy::ProxyArgs;

use crate::{
    Env, Error,
    cli::{
        quantity::Seconds,
        usage,
        values::{Credentials, FieldValue, HeaderArg, Token},
    },
    handshake::Request,
    net::{Options, Target, target::Userinfo, tls},
};

/// The flags about connecting.
#[derive(Args, Clone, Debug)]
pub struct ConnectArgs {
    /// Which address is connected to.
    #[command(flatten)]
    pub address: AddressArgs,

    /// How to go through a proxy.
    #[command(flatten)]
    pub proxy: ProxyArgs,

    /// Allow this long for the name, TCP, TLS and the upgrade together
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "10",
        help_heading = "Connection"
    )]
    pub connect_timeout: Seconds,

    /// Send this header field with the upgrade request
    ///
    /// It replaces a default of the same name, and goes out in the case and order given. "Name:" leaves a default out;
    /// "Name;" sends it empty. May be given several times.
    #[arg(
        short = 'H',
        long = "header",
        value_name = "HEADER",
        help_heading = "HTTP"
    )]
    pub headers: Vec<HeaderArg>,

    /// Ask for this subprotocol
    ///
    /// May be given several times, the preferred first.
    #[arg(long = "subprotocol", value_name = "NAME", help_heading = "HTTP")]
    pub subprotocols: Vec<Token>,

    /// Send this Origin, as a browser would
    #[arg(long, value_name = "ORIGIN", help_heading = "HTTP")]
    pub origin: Option<FieldValue>,

    /// Send this User-Agent
    #[arg(short = 'A', long, value_name = "NAME", help_heading = "HTTP")]
    pub user_agent: Option<FieldValue>,

    /// Send these cookies: "NAME=VALUE; NAME=VALUE"
    #[arg(
        short = 'b',
        long = "cookie",
        value_name = "DATA",
        help_heading = "HTTP"
    )]
    pub cookies: Vec<FieldValue>,

    /// Send this user name and password as Basic credentials
    #[arg(short = 'u', long, value_name = "USER:PASSWORD", help_heading = "HTTP")]
    pub user: Option<Credentials>,

    /// Go on although the server's certificate is not valid
    #[arg(short = 'k', long, help_heading = "TLS")]
    pub insecure: bool,

    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub cacert: Vec<String>,
}

/// Where to connect, how, and what to ask for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The URL.
    pub target: Target,
    /// How to reach it.
    pub options: Options,
    /// What to send.
    pub request: Request,
    /// What was assumed, for standard error.
    pub notes: Vec<String>,
}

impl ConnectArgs {
    /// Resolves the flags and the URL, without connecting anywhere.
    ///
    /// `offer` is the value of `Sec-WebSocket-Extensions`.
    ///
    /// # Errors
    /// A usage error that names the flag or the place in the URL.
    pub fn resolve(&self, url: &str, offer: Option<String>, env: &Env) -> Result<Plan, Error> {
        let (target, notes) = Target::parse(url)?;
        Ok(Plan {
            request: self.request(&target, offer),
            options: self.options(&target, env)?,
            target,
            notes,
        })
    }

    fn options(&self, target: &Target, env: &Env) -> Result<Options, Error> {
        let address = &self.address;
        Ok(Options {
            connect_timeout: self.connect_timeout.0,
            family: address.family(),
            resolve: address.resolve.iter().map(|rule| rule.0.clone()).collect(),
            connect_to: address
                .connect_to
                .iter()
                .map(|detour| detour.0.clone())
                .collect(),
            interface: address
                .interface
                .as_ref()
                .map(|interface| interface.0.clone()),
            unix_socket: address.unix_socket.clone(),
            proxy: self.proxy.choice(target, env)?,
            tls: self.tls()?,
        })
    }

    fn tls(&self) -> Result<tls::Options, Error> {
        let mut options = tls::Options {
            extra_roots: roots("--cacert", &self.cacert)?,
            ..tls::Options::default()
        };
        if self.insecure {
            options.verification = tls::Verification::Recorded;
        }
        Ok(options)
    }

    fn request(&self, target: &Target, offer: Option<String>) -> Request {
        let mut request = Request::new(target);
        request.extensions = offer;
        request.headers = self.headers.iter().map(|header| header.0.clone()).collect();
        request.subprotocols = self
            .subprotocols
            .iter()
            .map(|name| name.0.clone())
            .collect();
        request.origin = self.origin.as_ref().map(|origin| origin.0.clone());
        if let Some(user_agent) = &self.user_agent {
            request.user_agent = Some(user_agent.0.clone()).filter(|name| !name.is_empty());
        }
        if let Some(user) = &self.user {
            request.authorization = Some(Userinfo::from(user.clone()).basic());
        }
        request.cookie = self.cookie();
        request
    }

    fn cookie(&self) -> Option<String> {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|cookie| cookie.0.as_str())
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// The certificates of some PEM files.
fn roots(flag: &str, files: &[String]) -> Result<tls::Roots, Error> {
    let mut roots = tls::Roots::default();
    for file in files {
        let more = tls::Roots::from_pem_file(Path::new(file))
            .map_err(|error| usage(format!("{flag} {file}: {error}")))?;
        roots.extend(more);
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        connect: ConnectArgs,
        url: String,
    }

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        let line = Line::try_parse_from(["wscope"].iter().chain(arguments))
            .map_err(|error| error.to_string())?;
        line.connect
            .resolve(&line.url, None, &Env::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_header_takes_one_value_and_leaves_the_url() {
        let plan = plan(&["-H", "X-A: 1", "-H", "X-B: 2", "ws://h/"]).unwrap();
        let names: Vec<_> = plan
            .request
            .headers
            .iter()
            .map(|header| header.name.as_str())
            .collect();
        assert_eq!(names, ["X-A", "X-B"]);
        assert_eq!(plan.target.url(), "ws://h/");
    }

    #[test]
    fn wrong_values_name_their_flag() {
        for (arguments, flag, reason) in WRONG {
            let error = plan(arguments).unwrap_err();
            assert!(
                error.contains(flag) && error.contains(reason),
                "{arguments:?}: {error}"
            );
        }
    }

    #[test]
    fn u_outranks_the_userinfo_of_the_url() {
        let plan = plan(&["-u", "a:b", "ws://c:d@h/"]).unwrap();
        assert_eq!(plan.request.authorization.as_deref(), Some("Basic YTpi"));
    }

    const WRONG: &[(&[&str], &str, &str)] = &[
        (
            &["-H", "X-A: 1\r\nX-B: 2", "ws://h/"],
            "--header",
            "line break",
        ),
        (&["-H", "X-A", "ws://h/"], "--header", "\"Name: value\""),
        (&["--subprotocol", "a b", "ws://h/"], "--subprotocol", "' '"),
        (&["--origin", "a\nb", "ws://h/"], "--origin", "line break"),
        (
            &["--connect-timeout", "soon", "ws://h/"],
            "--connect-timeout",
            "number of seconds",
        ),
        (
            &["--cacert", "/nonexistent.pem", "ws://h/"],
            "--cacert /nonexistent.pem",
            "No such file",
        ),
        (&["-x", "ftp://p", "ws://h/"], "-x", "\"ftp\""),
        (
            &["--proxy-user", "a\nb", "ws://h/"],
            "--proxy-user",
            "line break",
        ),
        (
            &["--resolve", "h", "ws://h/"],
            "--resolve",
            "HOST:PORT:ADDRESS",
        ),
        (&["-4", "-6", "ws://h/"], "--ipv4", "cannot be used with"),
    ];
}
