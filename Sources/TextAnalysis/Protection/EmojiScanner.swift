/// Recognises emoji with all that belongs to them: skin tones, flags, keycaps, families joined by U+200D.
///
/// After UTS #51, "ED-17 emoji sequence".
struct EmojiScanner {
    /// The most scalars in one emoji; families and flags of regions have fewer.
    private static let longest = 32

    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The end of the emoji that begins at `place`.
    func end(at place: Int) -> Int? {
        guard let (first, length) = bytes.scalar(at: place) else { return nil }
        if first.isASCII { return keycap(place + length) }
        if isRegional(first) {
            guard let (second, more) = bytes.scalar(at: place + length), isRegional(second) else {
                return place + length
            }
            return place + length + more
        }
        guard var end = element(at: place) else { return nil }
        for _ in 0..<Self.longest {
            guard let (joiner, more) = bytes.scalar(at: end), joiner.value == 0x200D,
                let next = element(at: end + more)
            else { break }
            end = next
        }
        return end
    }

    /// One emoji character with its modifiers.
    private func element(at place: Int) -> Int? {
        guard let (scalar, length) = bytes.scalar(at: place), !scalar.isASCII else { return nil }
        var end = place + length
        guard isPictorial(scalar) || scalar.properties.isEmoji && bytes.scalar(at: end)?.0.value == 0xFE0F else {
            return nil
        }
        for _ in 0..<Self.longest {
            guard let (modifier, more) = bytes.scalar(at: end), isModifier(modifier) else { break }
            end += more
        }
        return end
    }

    /// A digit, `*` or `#` under U+20E3.
    private func keycap(_ start: Int) -> Int? {
        guard let (next, length) = bytes.scalar(at: start) else { return nil }
        if next.value == 0x20E3 { return start + length }
        guard next.value == 0xFE0F, let (cap, more) = bytes.scalar(at: start + length), cap.value == 0x20E3 else {
            return nil
        }
        return start + length + more
    }

    private func isPictorial(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x203C else { return false }
        return scalar.properties.isEmojiPresentation || scalar.value >= 0x1F000 && scalar.properties.isEmoji
    }

    private func isRegional(_ scalar: Unicode.Scalar) -> Bool {
        (0x1F1E6...0x1F1FF).contains(scalar.value)
    }

    /// U+FE0F and U+FE0E, skin tones, the keycap, and the letters of regional flags.
    private func isModifier(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFE0E, 0xFE0F, 0x20E3, 0x1F3FB...0x1F3FF, 0xE0020...0xE007F: true
        default: false
        }
    }
}
