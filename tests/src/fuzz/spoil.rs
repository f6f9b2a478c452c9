//! Ways to spoil a message.

use super::Dice;

/// More than a service takes.
const TOO_LARGE: usize = 1024 * 1024 + 1;

/// Changes the message in one place, or altogether.
pub(super) fn once(message: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(message.len() + 1);
    match dice.below(12) {
        0..=2 if !message.is_empty() => {
            let at = dice.below(message.len());
            message[at] ^= 1 << dice.below(8);
        }
        3 => message.truncate(at),
        4 if !corpus.is_empty() => {
            let other = dice.pick(corpus);
            let from = dice.below(other.len() + 1);
            message.truncate(at);
            message.extend_from_slice(&other[from..]);
        }
        5 => insert(message, at, &(0..1 + dice.below(16)).map(|_| dice.roll() as u8).collect::<Vec<_>>()),
        // A length that the message does not have: of a field, of a group without an end, of a packed list.
        6 => {
            let bombs: [&[u8]; 3] = [b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f"];
            insert(message, at, dice.pick::<&[u8]>(&bombs));
        }
        7 => *message = nested(*dice.pick(&[1, 2, 10]), 20 + dice.below(400)),
        // A text that is none.
        8 => insert(message, 0, &[10, 4, 0xff, 0xfe, 0xc0, 0x80]),
        9 => {
            let piece = message[at..].to_vec();
            for _ in 0..dice.below(200) {
                message.extend_from_slice(&piece);
                if message.len() > TOO_LARGE {
                    break;
                }
            }
        }
        10 => insert(message, at, &[0xff; 11]),
        _ if dice.once_in(6) => message.resize(TOO_LARGE, 0),
        _ => {}
    }
}

fn insert(message: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    message.splice(at..at, bytes.iter().copied());
}

/// A field in a field in a field.
fn nested(tag: u8, depth: usize) -> Vec<u8> {
    let mut message = Vec::new();
    for _ in 0..depth {
        let mut outer = vec![tag << 3 | 2];
        prost::encoding::encode_varint(message.len() as u64, &mut outer);
        outer.extend_from_slice(&message);
        message = outer;
    }
    message
}
