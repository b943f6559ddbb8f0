//! The flags about the upgrade request.

use std::fs;

use clap::{Args, ValueEnum};

use crate::{
    Env,
    cli::{
        usage,
        values::{Credentials, FieldValue, HeaderArg, Token},
    },
    error::Error,
    handshake::{Header, HttpVersion, Redirects, Request, cookies::Jar, netrc},
    net::{Target, authority::Userinfo},
};

/// curl's default.
const MAX_REDIRECTS: &str = "50";

/// What is sent to ask for the upgrade.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "HTTP")]
pub struct HttpArgs {
    /// Send this header field with the upgrade request
    ///
    /// It replaces a default of the same name, and goes out in the case and order given. "Name:" leaves a default out;
    /// "Name;" sends it empty. May be given several times.
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub headers: Vec<HeaderArg>,

    /// Send the header fields in this file, one a line
    #[arg(long = "header-file", value_name = "FILE")]
    pub header_files: Vec<String>,

    /// Ask for this subprotocol
    ///
    /// May be given several times, the preferred first.
    #[arg(long = "subprotocol", value_name = "NAME")]
    pub subprotocols: Vec<Token>,

    /// Send this Origin, as a browser would
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<FieldValue>,

    /// Send this User-Agent
    #[arg(short = 'A', long, alias = "ua", value_name = "NAME")]
    pub user_agent: Option<FieldValue>,

    /// Send these cookies, "NAME=VALUE; NAME=VALUE", or those of a file
    ///
    /// Without a = it is the name of a file in the form of Netscape's and curl's; each of its cookies goes to its own
    /// host alone.
    #[arg(short = 'b', long = "cookie", value_name = "DATA|FILE")]
    pub cookies: Vec<FieldValue>,

    /// Send this user name and password as Basic credentials
    #[arg(short = 'u', long, aliases = ["auth", "basic-auth"], value_name = "USER:PASSWORD")]
    pub user: Option<Credentials>,

    /// Send this bearer token
    #[arg(long, value_name = "TOKEN", conflicts_with = "user")]
    pub oauth2_bearer: Option<FieldValue>,

    /// Take the user name and password from ~/.netrc
    #[arg(short = 'n', long)]
    pub netrc: bool,

    /// Take the user name and password from this file
    #[arg(long, value_name = "FILE")]
    pub netrc_file: Option<String>,

    /// Follow redirects
    ///
    /// Credentials, cookies and secret header fields are not sent to another host.
    #[arg(short = 'L', long)]
    pub location: bool,

    /// Follow this many redirects at most
    #[arg(long, alias = "max-redirects", value_name = "COUNT", default_value = MAX_REDIRECTS)]
    pub max_redirs: usize,

    /// Send this HTTP version, to see how a server takes it
    #[arg(long, value_name = "VERSION", default_value = "1.1")]
    pub http_version: HttpVersionArg,

    /// Send this Sec-WebSocket-Version, to see how a server takes it
    #[arg(long, value_name = "VERSION", default_value = "13")]
    pub ws_version: FieldValue,

    /// Send this Sec-WebSocket-Key instead of a random one
    #[arg(long, value_name = "BASE64")]
    pub ws_key: Option<FieldValue>,
}

/// The value of `--http-version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HttpVersionArg {
    /// HTTP/1.0.
    #[value(name = "1.0")]
    Http10,
    /// HTTP/1.1.
    #[value(name = "1.1")]
    Http11,
}

impl HttpArgs {
    pub(super) fn request(
        &self,
        target: &Target,
        offer: Option<String>,
        env: &Env,
    ) -> Result<Request, Error> {
        let own = |value: &Option<FieldValue>| value.as_ref().map(|value| value.0.clone());
        let jar = self.jar()?;
        let mut request = Request::new(target);
        request.extensions = offer;
        request.headers = self.headers()?;
        request.subprotocols = self
            .subprotocols
            .iter()
            .map(|name| name.0.clone())
            .collect();
        request.origin = own(&self.origin);
        if let Some(user_agent) = own(&self.user_agent) {
            request.user_agent = Some(user_agent).filter(|name| !name.is_empty());
        }
        if let Some(authorization) = self.authorization(target, env)? {
            request.authorization = Some(authorization);
        }
        request.cookie = self.cookie(&jar, target);
        request.http_version = match self.http_version {
            HttpVersionArg::Http10 => HttpVersion::Http10,
            HttpVersionArg::Http11 => HttpVersion::Http11,
        };
        request.version.clone_from(&self.ws_version.0);
        request.key = own(&self.ws_key);
        request.redirects = Redirects {
            most: if self.location { self.max_redirs } else { 0 },
            choose_proxy: None,
            jar,
        };
        Ok(request)
    }

    /// The files' fields first, so that those typed come last, where a server looks for an override.
    fn headers(&self) -> Result<Vec<Header>, Error> {
        let mut headers = Vec::new();
        for file in &self.header_files {
            let name = file.strip_prefix('@').unwrap_or(file);
            let wrong = |error: String| usage(format!("--header-file {name}: {error}"));
            let text = fs::read_to_string(name).map_err(|error| wrong(error.to_string()))?;
            for (number, line) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
            {
                let header = line.parse::<HeaderArg>();
                headers.push(
                    header
                        .map_err(|error| wrong(format!("line {}: {error}", number + 1)))?
                        .0,
                );
            }
        }
        headers.extend(self.headers.iter().map(|header| header.0.clone()));
        Ok(headers)
    }

    /// `--oauth2-bearer`, then `-u`, then the URL's own, then `.netrc`.
    fn authorization(&self, target: &Target, env: &Env) -> Result<Option<String>, Error> {
        if let Some(token) = &self.oauth2_bearer {
            return Ok(Some(format!("Bearer {}", token.0)));
        }
        if let Some(user) = &self.user {
            return Ok(Some(Userinfo::from(user.clone()).basic()));
        }
        if target.userinfo.is_some() {
            return Ok(None);
        }
        let found = self
            .netrc_text(env)?
            .and_then(|text| netrc::credentials(&text, &target.host.to_string()));
        Ok(found.map(|found| found.basic()))
    }

    fn netrc_text(&self, env: &Env) -> Result<Option<String>, Error> {
        let file = match (&self.netrc_file, self.netrc, env.var("HOME")) {
            (Some(file), ..) => file.clone(),
            (None, true, Some(home)) => format!("{home}/.netrc"),
            (None, true, None) => {
                return Err(usage(
                    "--netrc: HOME is not set; name the file with --netrc-file",
                ));
            }
            (None, false, _) => return Ok(None),
        };
        fs::read_to_string(&file)
            .map(Some)
            .map_err(|error| usage(format!("--netrc: {file}: {error}")))
    }

    fn jar(&self) -> Result<Jar, Error> {
        let mut text = String::new();
        for FieldValue(file) in self.cookies.iter().filter(|cookie| !cookie.0.contains('=')) {
            let read = fs::read_to_string(file)
                .map_err(|error| usage(format!("--cookie {file}: {error}")))?;
            text.push_str(&read);
            text.push('\n');
        }
        Ok(Jar::parse(&text))
    }

    fn cookie(&self, jar: &Jar, target: &Target) -> Option<String> {
        let typed = self
            .cookies
            .iter()
            .map(|cookie| cookie.0.clone())
            .filter(|cookie| cookie.contains('='));
        let pairs: Vec<_> = jar.cookies_for(target).into_iter().chain(typed).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
