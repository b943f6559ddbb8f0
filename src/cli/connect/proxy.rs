//! The flags about proxies.

use clap::Args;

use crate::{
    Env,
    cli::{
        connect::roots,
        usage,
        values::{Credentials, HeaderArg},
    },
    error::Error,
    handshake::HeaderValue,
    net::{
        Target,
        proxy::{Choice, Proxy},
        tls::Verification,
    },
};

/// How to go through a proxy.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Proxy")]
pub struct ProxyArgs {
    /// Connect through this proxy; '' for none
    ///
    /// PROTOCOL://USER:PASSWORD@HOST:PORT, of which only HOST must be given. PROTOCOL is http (the default), https,
    /// socks4, socks4a, socks5 or socks5h; PORT is 1080, for https 443, unless given. HTTP proxies are asked for a tunnel (CONNECT) for ws:// too. Without this flag,
    /// ws:// asks the variable http_proxy and wss:// https_proxy, then both all_proxy, in lower case and then in upper
    /// case; a loopback host is reached directly.
    #[arg(short = 'x', long, value_name = "PROXY")]
    pub proxy: Option<String>,

    /// User name and password for the proxy
    #[arg(short = 'U', long, value_name = "USER:PASSWORD")]
    pub proxy_user: Option<Credentials>,

    /// Send this header field to the proxy alone, with CONNECT
    #[arg(long = "proxy-header", value_name = "HEADER")]
    pub proxy_headers: Vec<HeaderArg>,

    /// Go on although the https proxy's certificate is not valid
    #[arg(long)]
    pub proxy_insecure: bool,

    /// Trust the certificates in this PEM file for the https proxy too
    #[arg(long, value_name = "FILE")]
    pub proxy_cacert: Vec<String>,

    /// Reach these hosts directly: names, addresses, CIDR blocks, or * for all
    ///
    /// A comma-separated list. A name stands for its subdomains too. It takes the place of the variable no_proxy.
    #[arg(long, value_name = "LIST")]
    pub noproxy: Option<String>,
}

impl ProxyArgs {
    /// The proxy for a target, or why there is none.
    pub(super) fn choice(&self, target: &Target, env: &Env) -> Result<Choice, Error> {
        let mut choice = Choice::make(target, self.proxy.as_deref(), self.noproxy.as_deref(), env)
            .map_err(usage)?;
        if let Some(proxy) = &mut choice.proxy {
            self.complete(proxy)?;
        }
        Ok(choice)
    }

    fn complete(&self, proxy: &mut Proxy) -> Result<(), Error> {
        if let Some(user) = &self.proxy_user {
            proxy.credentials = Some(user.clone().into());
        }
        for HeaderArg(header) in &self.proxy_headers {
            let value = match &header.value {
                HeaderValue::Sent(value) => value.clone(),
                HeaderValue::Empty => String::new(),
                HeaderValue::Removed => continue,
            };
            proxy.headers.push((header.name.clone(), value));
        }
        proxy.tls.extra_roots = roots("--proxy-cacert", &self.proxy_cacert)?;
        if self.proxy_insecure {
            proxy.tls.verification = Verification::Recorded;
        }
        Ok(())
    }
}
