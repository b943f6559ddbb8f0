//! Everything that the rows talk to: backends first, then the proxies in front of them.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use super::upstream::Upstream;
use crate::{
    peer::Certificate,
    servers::{installed, on_path, script, skip},
};

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy: its program, its configuration below the scratch folder, its arguments, and the names of the ports it
/// listens on.
struct Front {
    program: &'static str,
    files: &'static [&'static str],
    arguments: &'static [&'static str],
    ports: &'static [&'static str],
}

const FRONTS: [Front; 11] = [
    Front {
        program: "nginx",
        files: &["nginx.conf"],
        arguments: &["-c", "@RUN@/nginx.conf"],
        ports: &[
            "nginx",
            "nginx-pass",
            "nginx-redirect",
            "nginx-tls",
            "nginx-client-cert",
            "nginx-sni",
            "nginx-small",
        ],
    },
    Front {
        program: "haproxy",
        files: &["haproxy.cfg"],
        arguments: &["-db", "-f", "@RUN@/haproxy.cfg"],
        ports: &[
            "ha-good",
            "ha-strip",
            "ha-down",
            "ha-deny",
            "ha-429",
            "ha-reject",
            "ha-drop",
            "ha-tarpit",
            "ha-slow",
            "ha-garbage",
            "ha-bad-accept",
            "ha-no-accept",
            "ha-no-connection",
            "ha-idle",
            "ha-tls",
        ],
    },
    Front {
        program: "apache2",
        files: &["apache.conf"],
        arguments: &["-DFOREGROUND", "-f", "@RUN@/apache.conf"],
        ports: &["apache"],
    },
    Front {
        program: "squid",
        files: &["squid.conf"],
        // its shared memory has the service's name, and outlives a kill
        arguments: &["-N", "-n", "wscope@squid@", "-f", "@RUN@/squid.conf"],
        ports: &["squid", "squid-auth"],
    },
    Front {
        program: "tinyproxy",
        files: &["tinyproxy.conf"],
        arguments: &["-d", "-c", "@RUN@/tinyproxy.conf"],
        ports: &["tinyproxy"],
    },
    Front {
        program: "varnishd",
        files: &["varnish.vcl"],
        arguments: &[
            "-F",
            "-n",
            "@RUN@/varnish",
            "-a",
            "127.0.0.1:@varnish@",
            "-p",
            "pipe_timeout=2",
            "-s",
            "malloc,8m",
            "-f",
            "@RUN@/varnish.vcl",
        ],
        ports: &["varnish"],
    },
    Front {
        program: "caddy",
        files: &["Caddyfile"],
        arguments: &[
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            "@RUN@/Caddyfile",
        ],
        ports: &["caddy", "caddy-tls"],
    },
    Front {
        program: "lighttpd",
        files: &["lighttpd.conf"],
        arguments: &["-D", "-f", "@RUN@/lighttpd.conf"],
        ports: &["lighttpd"],
    },
    Front {
        program: "h2o",
        files: &["h2o.conf"],
        arguments: &["-c", "@RUN@/h2o.conf"],
        ports: &["h2o", "h2o-tls"],
    },
    Front {
        program: "traffic_server",
        files: &[
            "ats/runroot.yaml",
            "ats/records.config",
            "ats/remap.config",
            "ats/ip_allow.yaml",
            "ats/storage.config",
        ],
        arguments: &["--run-root=@RUN@/ats/runroot.yaml"],
        ports: &["ats"],
    },
    Front {
        program: "envoy",
        files: &["envoy.yaml"],
        arguments: &[
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "-c",
            "@RUN@/envoy.yaml",
        ],
        ports: &["envoy", "envoy-pass"],
    },
];

/// The servers, and where each listens.
pub(super) struct World {
    ports: HashMap<&'static str, u16>,
    children: Vec<Child>,
    folder: TempDir,
    certificate: Certificate,
}

impl World {
    /// Starts what is installed, and says what is not.
    pub(super) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        // servers that were started by root give up being root
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let mut world = Self {
            ports: HashMap::new(),
            children: Vec::new(),
            folder,
            certificate: Certificate::for_names(["localhost", "127.0.0.1"]),
        };
        world.write_files();
        world.start_upstreams();
        world.start_backends();
        for front in &FRONTS {
            world.start_front(front);
        }
        world
    }

    /// Whether every server that a text names is there.
    pub(super) fn has(&self, text: &str) -> bool {
        names(text).all(|name| ["RUN", "LONG"].contains(&name) || self.ports.contains_key(name))
    }

    /// The text with ports and folder filled in.
    pub(super) fn fill(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let mut filled = text
            .replace("@RUN@", &folder)
            .replace("@LONG@", &"a".repeat(700));
        for (name, port) in &self.ports {
            filled = filled.replace(&format!("@{name}@"), &port.to_string());
        }
        filled
    }

    fn write_files(&self) {
        let certificate = fs::read_to_string(self.certificate.pem_file()).unwrap();
        let key = fs::read_to_string(self.certificate.key_file()).unwrap();
        // user:pass, by crypt(3), which nginx and Squid both read
        let password = "user:$1$wscope$wskeMk.bSvJ2KbRYXeFkU1\n";
        for (name, content) in [
            ("both.pem", format!("{certificate}{key}")),
            ("cert.pem", certificate),
            ("key.pem", key),
            ("htpasswd", password.to_owned()),
        ] {
            let file = self.folder.path().join(name);
            fs::write(&file, content).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    fn start_upstreams(&mut self) {
        for (name, upstream) in [
            ("silent", Upstream::Silent),
            ("reset", Upstream::Reset),
            (
                "garbage",
                Upstream::Says(b"\0\xff\0garbage not http\r\n\r\n"),
            ),
            ("gorilla", Upstream::Gorilla),
            ("tls", Upstream::Tls(self.certificate.server_config())),
            ("bad-accept", Upstream::Says(BAD_ACCEPT)),
            ("no-accept", Upstream::Says(NO_ACCEPT)),
            ("no-connection", Upstream::Says(NO_CONNECTION)),
        ] {
            self.ports.insert(name, upstream.start());
        }
        self.ports.insert("nobody", free_port());
    }

    fn start_backends(&mut self) {
        match on_path("node").zip(installed("node_modules/socket.io")) {
            Some((node, _)) => {
                let mut command = Command::new(node);
                command.arg(script("backends.js"));
                command.env("NODE_PATH", installed("node_modules").unwrap_or_default());
                self.start_backend(&mut command, &["routes", "pure", "socketio", "spa"]);
            }
            None => skip("node with ws and socket.io"),
        }
        match installed("venv/bin/python") {
            Some(python) => {
                let mut command = Command::new(python);
                command.arg(script("backends.py"));
                self.start_backend(&mut command, &["python", "origins", "aiohttp"]);
            }
            None => skip("python with websockets and aiohttp"),
        }
        self.start_development_proxies();
    }

    fn start_development_proxies(&mut self) {
        let behind = ["routes", "pure", "nobody"].map(|name| self.ports.get(name).copied());
        let node = on_path("node").zip(installed("node_modules/http-proxy-middleware"));
        let (Some((node, _)), [Some(routes), Some(pure), Some(nobody)]) = (node, behind) else {
            return skip("node with http-proxy and http-proxy-middleware");
        };
        let mut command = Command::new(node);
        command.arg(script("proxies.js"));
        command.args([routes, pure, nobody].map(|port| port.to_string()));
        command.env("NODE_PATH", installed("node_modules").unwrap_or_default());
        let names = [
            "hp-good",
            "hp-no-ws",
            "hp-down",
            "hpm-good",
            "hpm-no-ws",
            "hpm-down",
        ];
        self.start_backend(&mut command, &names);
    }

    /// Starts a program that prints a line "NAME PORT" for each server it runs.
    fn start_backend(&mut self, command: &mut Command, names: &[&'static str]) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        self.children.push(child);
        for line in stdout.lines().take(names.len()) {
            let line = line.unwrap();
            let (name, port) = line
                .split_once(' ')
                .unwrap_or_else(|| panic!("a backend says {line:?}"));
            let name = names
                .iter()
                .find(|known| **known == name)
                .expect("a name of ours");
            self.ports.insert(name, port.parse().unwrap());
        }
    }

    fn start_front(&mut self, front: &Front) {
        let Some(program) = program(front.program) else {
            return skip(front.program);
        };
        for name in front.ports {
            self.ports.insert(name, free_port());
        }
        let templates = front
            .files
            .iter()
            .map(|file| (*file, fs::read_to_string(fixture(file)).unwrap()));
        let templates: Vec<_> = templates.collect();
        if !templates.iter().all(|(_, template)| self.has(template)) {
            front.ports.iter().for_each(|name| {
                self.ports.remove(name);
            });
            return skip(&format!("the backends of {}", front.program));
        }
        for (file, template) in templates {
            self.write_config(file, &template);
        }
        let log =
            fs::File::create(self.folder.path().join(format!("{}.out", front.program))).unwrap();
        let child = Command::new(program)
            .args(front.arguments.iter().map(|argument| self.fill(argument)))
            // Caddy keeps its last configuration below HOME
            .env("HOME", self.folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.children.push(child);
        for name in front.ports {
            self.wait_for(name, front.program);
        }
    }

    fn write_config(&self, file: &str, template: &str) {
        let config = self.folder.path().join(file);
        let folder = config.parent().unwrap();
        fs::create_dir_all(folder).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(&config, self.fill(template)).unwrap();
    }

    fn wait_for(&self, name: &str, program: &str) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.ports[name])).is_err() {
            let log = || {
                fs::read_to_string(self.folder.path().join(format!("{program}.out")))
                    .unwrap_or_default()
            };
            assert!(
                Instant::now() < deadline,
                "{program} does not listen for {name}:\n{}",
                log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            // SIGKILL would leave the workers of nginx and Apache behind
            let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM);
            let deadline = Instant::now() + Duration::from_secs(5);
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(10));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The names between at signs.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split('@').skip(1).step_by(2).filter(is_name)
}

/// Daemons live beside the path of a plain user.
fn program(name: &str) -> Option<PathBuf> {
    let beside =
        ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(|folder| Path::new(folder).join(name));
    on_path(name)
        .or_else(|| beside.into_iter().find(|file| file.is_file()))
        .or_else(|| installed(&format!("venv/bin/{name}")))
}

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/servers", name]
        .iter()
        .collect()
}

/// A port that nobody listens on now; another program could take it, which would fail loudly.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

const BAD_ACCEPT: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
const NO_ACCEPT: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const NO_CONNECTION: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
