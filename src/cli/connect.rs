//! How to reach the server: the flags that every command which connects shares.

mod address;
mod http;
mod proxy;
mod tls;
mod typed;

use std::{path::Path, sync::Arc};

use clap::Args;

pub use address::AddressArgs;
pub use http::HttpArgs;
pub use proxy::ProxyArgs;
pub use tls::TlsArgs;
pub use typed::{Shown, Typed};

use crate::{
    Env, Error,
    cli::{quantity::Seconds, usage},
    handshake::Request,
    net::{Options, Target, tls::Roots},
    output::write_out::WriteOut,
};

/// The flags about connecting.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct ConnectArgs {
    /// The options below as they were typed; it reads them before they are taken.
    #[command(flatten)]
    pub typed: Typed,

    /// Which address is connected to.
    #[command(flatten)]
    pub address: AddressArgs,

    /// Allow this long for the name, TCP, TLS and the upgrade together
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "10",
        help_heading = "Connection"
    )]
    pub connect_timeout: Seconds,

    /// How to go through a proxy.
    #[command(flatten)]
    pub proxy: ProxyArgs,

    /// How TLS is spoken.
    #[command(flatten)]
    pub tls: TlsArgs,

    /// What is sent to ask for the upgrade.
    #[command(flatten)]
    pub http: HttpArgs,

    /// Write facts about the run to standard output at its end: "%{http_code} %{time_total}\n"
    ///
    /// curl's names where curl has them, and close_code, close_reason, messages_received, messages_sent, subprotocol;
    /// %header{NAME} for a field of the response, %{json} for everything, %{stderr} to go on there.
    #[arg(short = 'w', long, value_name = "FORMAT", help_heading = "Output")]
    pub write_out: Option<WriteOut>,
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
    /// What is written at the end.
    pub write_out: Option<WriteOut>,
    /// The options that say so.
    pub typed: Typed,
}

impl ConnectArgs {
    /// Resolves the flags and the URL, without connecting anywhere.
    ///
    /// `offer` is the value of `Sec-WebSocket-Extensions`.
    ///
    /// # Errors
    /// A usage error that names the flag or the place in the URL.
    pub fn resolve(&self, url: &str, offer: Option<String>, env: &Env) -> Result<Plan, Error> {
        let (target, mut notes) = Target::parse(url)?;
        let mut request = self.http.request(&target, offer, env)?;
        let (proxy, env_of_redirects) = (self.proxy.clone(), env.clone());
        request.redirects.choose_proxy = Some(Arc::new(move |target| {
            proxy
                .choice(target, &env_of_redirects)
                .map_err(|error| error.to_string())
        }));
        Ok(Plan {
            request,
            options: self.options(&target, env, &mut notes)?,
            target,
            notes,
            write_out: self.write_out.clone(),
            typed: self.typed.clone(),
        })
    }

    fn options(
        &self,
        target: &Target,
        env: &Env,
        notes: &mut Vec<String>,
    ) -> Result<Options, Error> {
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
            tls: self.tls.options(target, env, notes)?,
        })
    }
}

/// The certificates of some PEM files.
fn roots(flag: &str, files: &[String]) -> Result<Roots, Error> {
    let mut roots = Roots::default();
    for file in files {
        let more = Roots::from_pem_file(Path::new(file))
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
        (
            &["--tlsv1.3", "--tls-max", "1.2", "ws://h/"],
            "--tlsv1.3",
            "leave no version",
        ),
        (
            &["--pinnedpubkey", "md5//x", "ws://h/"],
            "--pinnedpubkey",
            "sha256//",
        ),
        (
            &["--cert", "/nonexistent.pem", "ws://h/"],
            "--cert /nonexistent.pem",
            "No such file",
        ),
        (&["--ca-only", "ws://h/"], "--cacert", "required"),
        (
            &["-b", "/nonexistent", "ws://h/"],
            "--cookie /nonexistent",
            "No such file",
        ),
        (
            &["--header-file", "@/nonexistent", "ws://h/"],
            "--header-file /nonexistent",
            "No such file",
        ),
        (
            &["-w", "%{nonsense}", "ws://h/"],
            "--write-out",
            "no variable",
        ),
        (&["-4", "-6", "ws://h/"], "--ipv4", "cannot be used with"),
    ];
}
