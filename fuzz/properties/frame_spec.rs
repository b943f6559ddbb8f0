//! What must hold of `--send-frame`: the frame that was asked for, or a place that is pointed at.

use wscope::{
    input::frame_spec::{FrameSpec, Mask},
    ws::{Header, apply_mask},
};

/// `input` is a specification.
pub(crate) fn holds(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let frame = match text.parse::<FrameSpec>() {
        Ok(FrameSpec::Frame(frame)) => frame,
        Ok(_) => return,
        Err(error) => {
            let shown = error.to_string();
            assert_eq!(shown.lines().count(), 3, "{shown:?}");
            assert!(shown.ends_with('^'), "{shown:?}");
            return;
        }
    };
    let mut bytes = Vec::new();
    let drawn = [1, 2, 3, 4];
    let header = frame.encode(drawn, &mut bytes);
    let key = match frame.mask {
        Mask::Drawn => Some(drawn),
        Mask::Key(key) => Some(key),
        Mask::Clear => None,
    };
    assert_eq!((header.fin(), header.rsv()), (!frame.more, frame.rsv));
    assert_eq!(header.opcode(), frame.opcode);
    let (head, payload) = bytes.split_at(header.bytes().len());
    assert_eq!(head, header.bytes());
    // a form that is too narrow cuts the length, as it is told to
    if frame.form.is_none() {
        assert_eq!(Header::parse(&bytes), Some(header), "it reads back");
        assert_eq!(header.mask(), key);
        let length = frame.length.unwrap_or(frame.payload.len() as u64);
        assert_eq!(header.length(), length);
    }
    let mut sent = payload.to_vec();
    if let Some(key) = key {
        apply_mask(key, 0, &mut sent);
    }
    assert!(if frame.header_only {
        sent.is_empty()
    } else {
        sent == frame.payload
    });
}
