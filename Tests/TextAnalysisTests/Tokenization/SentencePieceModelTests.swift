import Testing
import TextAnalysis

struct SentencePieceModelTests {
    @Test func shippedModelIsRead() throws {
        let model = try ShippedModels.parsedTokenizer()
        #expect(model.pieces.count == 10_000)
        #expect(model.algorithm == .unigram)
        #expect(model.hasByteFallback)
        #expect(model.pieces[3].kind == .unknown)
        #expect(model.characterMap.count > 100_000)
    }

    @Test func serializedModelReadsTheSame() throws {
        let model = try ShippedModels.parsedTokenizer()
        let again = try SentencePieceModel(model.serialized())
        #expect(again.pieces.map(\.text) == model.pieces.map(\.text))
        #expect(again.pieces.map(\.score) == model.pieces.map(\.score))
        #expect(again.characterMap == model.characterMap)
        #expect(again.serialized() == model.serialized())
    }

    @Test(
        arguments: [
            ([0x0A], "unfinished number"),
            ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "bytes are left"),
            ([0x0B], "wire type 3"),
            ([0x00, 0x00], "field number 0"),
            ([0x08, 0x01], "no message"),
            ([0x0A, 0x00], "no text"),
            ([0x0A, 0x03, 0x0A, 0x01, 0xFF], "UTF-8"),
            ([0x0A, 0x03, 0x0A, 0x01, 0x00], "UTF-8"),
            ([0x0A, 0x08, 0x0A, 0x01, 0x61, 0x15, 0x00, 0x00, 0xC0, 0x7F], "score nan"),
            ([0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x09], "kind 9"),
            ([0x0A, 0x03, 0x0A, 0x01, 0x61], "'unknown'"),
            ([0x12, 0x02, 0x18, 0x07], "model type 7"),
            ([0x2A, 0x03, 0x12, 0x01, 0x00], "denormalization"),
            ([], "no pieces"),
        ] as [([UInt8], String)]
    )
    func damagedModelIsRefusedWithItsFault(bytes: [UInt8], fault: String) {
        #expect {
            _ = try SentencePieceModel(bytes)
        } throws: {
            ($0 as? ModelFault)?.found.contains(fault) == true
        }
    }

    @Test func longChainOfUserDefinedPiecesIsRefused() throws {
        var proto = ProtobufWriter()
        proto.writePiece("<unk>", kind: .unknown)
        for length in 1...65 { proto.writePiece(String(repeating: "a", count: length), kind: .userDefined) }
        #expect { _ = try SentencePieceModel(proto.bytes) } throws: {
            ($0 as? ModelFault)?.found.contains("start one another") == true
        }
    }
}

struct CharacterMapTests {
    @Test func wellFormedMapIsAccepted() throws {
        try CharacterMap([]).check()
        try CharacterMap(SmallCharacterMap.bytes()).check()
    }

    @Test(arguments: [
        ("leads to unit", SmallCharacterMap.bytes { $0[0] = 0x1FFFFF << 10 }),
        ("loop", SmallCharacterMap.bytes { $0[0x161] = SmallCharacterMap.offset(0x61) | 0x61 }),
        ("rule 5 of 2", SmallCharacterMap.bytes { $0[0x163] = 0x8000_0005 }),
        ("unfinished", SmallCharacterMap.bytes(rules: [0x62])),
        ("writes 200 bytes", SmallCharacterMap.bytes(rules: [UInt8](repeating: 0x62, count: 200) + [0])),
        ("trie of 4294967295 bytes", [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0]),
        ("trie of 0 bytes", [0, 0, 0, 0, 0]),
        ("3 bytes", [1, 2, 3]),
    ])
    func damagedMapIsRefusedWithItsFault(fault: String, bytes: [UInt8]) {
        #expect {
            try CharacterMap(bytes).check()
        } throws: {
            ($0 as? ModelFault)?.found.contains(fault) == true
        }
    }
}

extension ProtobufWriter {
    mutating func writePiece(_ text: String, kind: SentencePieceModel.PieceKind) {
        var piece = ProtobufWriter()
        piece.write(1, bytes: text.utf8)
        piece.write(3, varint: kind.rawValue)
        write(1, bytes: piece.bytes)
    }
}
