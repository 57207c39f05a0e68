//! Which addresses the Worker asks on behalf of a provider.
//!
//! Addresses come from the operator and from the provider's own description. They must be `https`
//! and name a host: numbers of hosts and names of local networks lead to where nobody else gets.
//! A provider on the developer's own machine is the exception, and leads only back to it.

/// Hosts of the machine itself.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

/// Endings of names that only a local network knows.
const LOCAL_ENDINGS: [&str; 5] = ["localhost", "local", "internal", "lan", "arpa"];

/// Whether this is an address of the machine itself, for development.
pub(super) fn is_loopback(address: &str) -> bool {
    parts(address).is_some_and(|(_, host)| LOOPBACK.contains(&host))
}

/// Whether the Worker may ask this address for a provider that is on this machine, or is not.
pub(super) fn is_allowed(address: &str, on_this_machine: bool) -> bool {
    let Some((scheme, host)) = parts(address) else {
        return false;
    };
    match scheme {
        "https" => is_public_name(host) || (on_this_machine && LOOPBACK.contains(&host)),
        "http" => on_this_machine && LOOPBACK.contains(&host),
        _ => false,
    }
}

/// Scheme and host. Only what every reader of addresses understands alike has parts.
fn parts(address: &str) -> Option<(&str, &str)> {
    let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#' | b'"' | b'<' | b'>');
    if !address.bytes().all(is_plain) {
        return None;
    }
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let of_host = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    (is_port && !host.is_empty() && host.bytes().all(of_host)).then_some((scheme, host))
}

/// Whether this is a name of the public DNS. A last label that begins with a letter is no number
/// in any notation.
fn is_public_name(host: &str) -> bool {
    let Some((name, ending)) = host.rsplit_once('.') else {
        return false;
    };
    let is_word = ending.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    is_word && name.split('.').all(|label| !label.is_empty()) && !LOCAL_ENDINGS.contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn si2_a_public_name_with_https_is_asked() {
        for address in [
            "https://id.example.com",
            "https://id.example.com/realms/maru/",
            "https://id.example.com:8443/token?x=1",
            "https://10.0.0.1.example.com/",
            "https://xn--299a.xn--3e0b707e/",
        ] {
            assert!(is_allowed(address, false), "{address}");
        }
    }

    #[test]
    fn si2_what_leads_inside_is_not_asked() {
        for address in [
            "http://id.example.com",
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.0.0.0x1/",
            "https://10.0.0.1./",
            "https://localhost/",
            "https://id.localhost/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://intranet/",
            "https://id.example.com@127.0.0.1/",
            "https://id.example.com\\@127.0.0.1/",
            "https://id.example.com#@127.0.0.1/",
            "https://id.example.com:x/",
            "https://ID.example.com/",
            "https://id.example.com /",
            "https://%31%32%37.0.0.1/",
            "https://①②⑦.0.0.1/",
            "https://id..example.com/",
            "https://.example.com/",
            "https:///",
            "https:id.example.com",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_allowed(address, false), "{address}");
        }
    }

    #[test]
    fn si2_a_provider_on_this_machine_leads_back_to_it_or_to_public_names() {
        for address in ["http://127.0.0.1:9400/jwks", "http://localhost:9400", "https://localhost"]
        {
            assert!(is_loopback(address) && is_allowed(address, true), "{address}");
            assert!(!is_allowed(address, false), "{address}");
        }
        for address in ["http://10.0.0.1/", "http://id.example.com/", "https://192.168.0.1/"] {
            assert!(!is_allowed(address, true), "{address}");
        }
    }
}
