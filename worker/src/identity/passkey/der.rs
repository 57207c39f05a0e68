//! Signatures of ECDSA: two numbers, as authenticators write them and as the platform reads them.

/// Bytes of a number of P-256.
const NUMBER_BYTES: usize = 32;

/// Both numbers at full length, one after the other (IEEE P1363), of a signature in DER.
pub(super) fn plain(der: &[u8]) -> Option<[u8; 2 * NUMBER_BYTES]> {
    let (body, []) = element(der, 0x30)? else {
        return None;
    };
    let (r, rest) = element(body, 0x02)?;
    let (s, []) = element(rest, 0x02)? else {
        return None;
    };
    let mut plain = [0; 2 * NUMBER_BYTES];
    let (to_r, to_s) = plain.split_at_mut_checked(NUMBER_BYTES)?;
    put(r, to_r)?;
    put(s, to_s)?;
    Some(plain)
}

/// The content of the first element, and what follows. None here is longer than 127 bytes.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else {
        return None;
    };
    (*found == tag && *length < 0x80).then_some(())?;
    rest.split_at_checked(usize::from(*length))
}

/// Writes a number that is not negative to the end of `to`.
fn put(number: &[u8], to: &mut [u8]) -> Option<()> {
    let digits = match number {
        [] => return None,
        [0, digits @ ..] => digits,
        [first, ..] if *first >= 0x80 => return None,
        digits => digits,
    };
    let start = to.len().checked_sub(digits.len())?;
    to.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
        let mut body = vec![2, length(r)];
        body.extend(r);
        body.extend([2, length(s)]);
        body.extend(s);
        [vec![0x30, length(&body)], body].concat()
    }

    #[test]
    fn pk2_a_signature_is_two_numbers_of_full_length() {
        let long = [&[0][..], &[0xff; 32]].concat();
        let mut expected = [0; 64];
        expected[31] = 7;
        expected[32..].fill(0xff);
        assert_eq!(plain(&der(&[7], &long)), Some(expected));
        assert_eq!(plain(&der(&[0x7f; 32], &[1; 31])).unwrap()[..32], [0x7f; 32]);
    }

    #[test]
    fn pk2_what_is_no_signature_is_none() {
        let good = der(&[7; 32], &[9; 32]);
        assert!(plain(&good).is_some());
        for end in 0..good.len() {
            assert_eq!(plain(&good[..end]), None, "{end}");
        }
        assert_eq!(plain(&[&good[..], &[0]].concat()), None, "more");
        assert_eq!(plain(&der(&[], &[1])), None, "no number");
        assert_eq!(plain(&der(&[0x80], &[1])), None, "negative");
        assert_eq!(plain(&der(&[1; 33], &[1])), None, "too long");
        assert_eq!(plain(&[[0x31].as_slice(), &good[1..]].concat()), None, "no sequence");
    }
}
