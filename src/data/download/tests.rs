use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use super::*;
use crate::data::test_server::{send, serve};

const CONTENT: &[u8] = b"four score and seven";

fn good() -> String {
    serve(|_, stream| send(stream, CONTENT.len(), CONTENT))
}

fn not_found() -> String {
    serve(|_, stream| stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
}

fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}/", listener.local_addr().expect("an address"))
}

fn silent_after(body: &'static [u8]) -> String {
    serve(move |_, stream| {
        if !body.is_empty() {
            send(stream, CONTENT.len(), body)?;
        }
        thread::sleep(Duration::from_secs(60));
        Ok(())
    })
}

fn download(mirrors: &[String]) -> Download {
    Download {
        mirrors: mirrors.to_vec(),
        stall: Duration::from_millis(300),
        patience: Duration::from_secs(20),
        least: 1,
        longest: Duration::from_secs(20),
    }
}

fn is_content(bytes: &[u8]) -> Result<(), String> {
    if bytes == CONTENT {
        Ok(())
    } else {
        Err("wrong content".to_owned())
    }
}

fn fetch(download: &Download) -> Result<Vec<u8>, String> {
    let mut quiet = |_: DownloadProgress| {};
    let fetched = Fetcher::new(download, &mut quiet).fetch("file", 100, is_content);
    fetched.map(|(bytes, ())| bytes)
}

#[test]
fn the_first_mirror_gives_the_file_and_progress_is_told() {
    let mut told = Vec::new();
    let mut progress = |now: DownloadProgress| told.push((now.received, now.total));
    let download = download(&[good(), not_found()]);
    let fetched = Fetcher::new(&download, &mut progress).fetch("file", 100, is_content);
    assert_eq!(fetched, Ok((CONTENT.to_vec(), ())));
    assert_eq!(told.last(), Some(&(20, Some(20))));
}

#[test]
fn a_bad_mirror_gives_way_to_the_next() {
    let bad = [
        ("answers 404", not_found()),
        ("refuses connections", refusing()),
        ("does not answer", silent_after(b"")),
        ("stops half-way", silent_after(b"four score")),
        (
            "cuts the file off",
            serve(|_, stream| send(stream, CONTENT.len(), b"four score")),
        ),
        (
            "has another file",
            serve(|_, stream| send(stream, 4, b"five")),
        ),
        (
            "does not speak HTTP",
            serve(|_, stream| stream.write_all(b"220 ftp ready\r\n")),
        ),
        (
            "redirects to itself",
            serve(|_, stream| {
                stream.write_all(
                    b"HTTP/1.1 302 Found\r\nLocation: /file\r\nContent-Length: 0\r\n\
                      Connection: close\r\n\r\n",
                )
            }),
        ),
    ];
    for (what, mirror) in bad {
        let fetched = fetch(&download(&[mirror, good()]));
        assert_eq!(fetched, Ok(CONTENT.to_vec()), "a mirror that {what}");
    }
}

#[test]
fn a_mirror_that_fails_once_is_asked_again() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let mirror =
        serve(
            move |_, stream| match asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => Ok(()),
                _ => send(stream, CONTENT.len(), CONTENT),
            },
        );
    assert_eq!(fetch(&download(&[mirror])), Ok(CONTENT.to_vec()));
}

#[test]
fn an_endless_file_is_refused_at_the_limit() {
    let endless = serve(|_, stream| {
        send(stream, usize::MAX / 2, b"")?;
        loop {
            stream.write_all(&[0; 1000])?;
        }
    });
    let error = fetch(&download(&[endless])).expect_err("more than 100 bytes");
    assert!(error.contains("more than the 100 bytes"), "{error}");
}

#[test]
fn every_mirror_is_named_with_its_failure() {
    let mirrors = [not_found(), refusing()];
    let error = fetch(&download(&mirrors)).expect_err("no mirror is good");
    let [first, second] = mirrors;
    assert!(
        error.contains(&format!("{first}file: http status: 404; ")),
        "{error}"
    );
    assert!(error.contains(&format!("{second}file: ")), "{error}");
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn silence_from_all_mirrors_ends_with_the_patience() {
    let download = Download {
        stall: Duration::from_secs(30),
        patience: Duration::from_secs(1),
        ..download(&[silent_after(b""), silent_after(b""), silent_after(b"")])
    };
    let start = Instant::now();
    let error = fetch(&download).expect_err("no mirror answers");
    let elapsed = start.elapsed();
    assert!(error.contains("timeout"), "{error}");
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
}

/// Writes for ever, a byte at a time, each before the stall would end.
fn drip(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes.iter().cycle() {
        stream.write_all(&[*byte])?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

#[test]
fn bytes_that_drip_end_with_the_longest_time() {
    let dripping = serve(|_, stream| {
        send(stream, 90, b"")?;
        drip(stream, b".")
    });
    let download = Download {
        longest: Duration::from_millis(500),
        ..download(&[dripping])
    };
    let start = Instant::now();
    let error = fetch(&download).expect_err("90 bytes take 9 seconds");
    let elapsed = start.elapsed();
    assert!(error.contains("timeout"), "{error}");
    assert!(elapsed < Duration::from_secs(4), "{elapsed:?}");
}

/// That a download ends with its patience, a second, while bytes drip from all mirrors.
fn assert_no_news(what: &str, mirror: String) {
    let download = Download {
        patience: Duration::from_secs(1),
        least: 50,
        ..download(&[mirror.clone(), mirror])
    };
    let start = Instant::now();
    let error = fetch(&download).expect_err("nothing but drops");
    let elapsed = start.elapsed();
    assert!(error.contains("timeout"), "{what}: {error}");
    assert!(elapsed < Duration::from_secs(3), "{what}: {elapsed:?}");
}

#[test]
fn bytes_that_drip_are_no_news() {
    const REDIRECTION: &[u8] =
        b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 1000\r\n\r\n";
    let header = serve(|_, stream| drip(stream, b"HTTP/1.1 200 OK\r\nServer: slow\r\nVia: "));
    assert_no_news("a header", header);
    let body = serve(|_, stream| {
        send(stream, 90, b"")?;
        drip(stream, b".")
    });
    assert_no_news("a body", body);
    let redirection = serve(|_, stream| {
        stream.write_all(REDIRECTION)?;
        drip(stream, b".")
    });
    assert_no_news("a redirection's body", redirection);
}

#[test]
fn bytes_that_drip_from_a_proxy_are_no_news() {
    const THIS: &str = "data::download::tests::bytes_that_drip_from_a_proxy_are_no_news";
    const MIRROR: &str = "LENET5_MIRROR_BEHIND_A_PROXY";
    if let Ok(mirror) = std::env::var(MIRROR) {
        return assert_no_news("a proxy's answer", mirror);
    }
    let proxy = serve(|_, stream| drip(stream, b"HTTP/1.1 200 OK\r\nServer: slow\r\nVia: "));
    // Only a process of its own can have a proxy in its environment.
    let mut test = Command::new(std::env::current_exe().expect("a test has a path"));
    test.args(["--exact", THIS]).env_remove("NO_PROXY");
    test.env(MIRROR, "http://mirror.invalid/");
    let output = test.env("ALL_PROXY", proxy).output().expect("it starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("1 passed"), "{told}");
}
