import Foundation

/// Writes the model directory that a ``RandomModelManifest`` describes, equal to the byte to the one that the
/// reference made its golden numbers with.
struct RandomModelWriter {
    private let manifest: RandomModelManifest
    private var output = Data()

    private init(_ manifest: RandomModelManifest) {
        self.manifest = manifest
        output.reserveCapacity(manifest.bytes)
    }

    /// Writes model.bin, config.json and the vocabularies into `folder`, which is created where it is missing.
    static func write(_ manifest: RandomModelManifest, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try modelFile(manifest).write(to: folder.appending(path: "model.bin"))
        try Data(manifest.config.utf8).write(to: folder.appending(path: "config.json"))
        for vocabulary in manifest.vocabularies {
            let lines = vocabulary.tokens.map { "  \"\($0)\"" }.joined(separator: ",\n")
            try Data("[\n\(lines)\n]".utf8).write(to: folder.appending(path: vocabulary.file))
        }
    }

    /// Calls `body` with a directory that holds the model and is removed afterwards.
    static func withModel<Result>(_ manifest: RandomModelManifest, _ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "\(manifest.name)-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(manifest, to: folder)
        return try body(folder)
    }

    /// The contents of model.bin.
    static func modelFile(_ manifest: RandomModelManifest) -> Data {
        var writer = RandomModelWriter(manifest)
        writer.writeModel()
        return writer.output
    }

    /// FNV-1a-64 over little-endian 64-bit words, the last padded with zeros, as 16 hexadecimal digits.
    static func digest(of data: Data) -> String {
        var words = [UInt64](repeating: 0, count: (data.count + 7) / 8)
        words.withUnsafeMutableBytes { _ = data.copyBytes(to: $0) }
        let digits = String(words.withUnsafeBufferPointer(FNV1a.hash(words:)), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

// MARK: - The container

extension RandomModelWriter {
    private mutating func writeModel() {
        append(manifest.binaryVersion)
        append(manifest.spec)
        append(manifest.revision)
        append(UInt32(manifest.variables.count))
        for variable in manifest.variables {
            append(variable.name)
            append(UInt8(variable.shape.count))
            for dimension in variable.shape {
                append(UInt32(dimension))
            }
            append(variable.type.code)
            append(UInt32(variable.count * variable.type.size))
            appendElements(of: variable)
        }
        append(UInt32(manifest.aliases.count))
        for name in manifest.aliases.joined() {
            append(name)
        }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { output.append(contentsOf: $0) }
    }

    private mutating func append(_ string: String) {
        append(UInt16(string.utf8.count + 1))
        output.append(contentsOf: string.utf8)
        append(UInt8(0))
    }
}

// MARK: - Elements

extension RandomModelWriter {
    private mutating func appendElements(of variable: RandomModelManifest.Variable) {
        let count = variable.count
        let numbers = Numbers(model: manifest.name, variable: variable.name)
        switch (variable.fill, variable.type) {
        case (.values(let values), let type):
            values.forEach { append($0, as: type) }
        case (.integers, .int8):
            append(count) { UInt8(bitPattern: Self.int8(numbers($0))) }
        case (.integers, _):
            append(count) { UInt16(bitPattern: Self.int16(numbers($0))) }
        case (.uniform(let center, let range), .float16):
            append(count) { Self.float16Bits(Self.uniform(numbers($0), center: center, range: range)) }
        case (.uniform(let center, let range), .bfloat16):
            append(count) { Self.bfloat16Bits(Self.uniform(numbers($0), center: center, range: range)) }
        case (.uniform(let center, let range), _):
            append(count) { Self.uniform(numbers($0), center: center, range: range).bitPattern }
        }
    }

    /// A listed number in a type that scalars have.
    private mutating func append(_ value: Double, as type: RandomModelManifest.ElementType) {
        switch type {
        case .int8: append(Int8(value))
        case .int16: append(Int16(value))
        case .int32: append(Int32(value))
        case .float32: append(Float(value).bitPattern)
        case .float16: append(Self.float16Bits(Float(value)))
        case .bfloat16: append(Self.bfloat16Bits(Float(value)))
        }
    }

    // One function per width: unspecialised generic code would make debug builds many times slower.

    private mutating func append(_ count: Int, _ element: (Int) -> UInt32) {
        appendArray(
            [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
                var index = 0
                while index < count {
                    buffer[index] = element(index).littleEndian
                    index &+= 1
                }
                initialized = count
            }
        )
    }

    private mutating func append(_ count: Int, _ element: (Int) -> UInt16) {
        appendArray(
            [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
                var index = 0
                while index < count {
                    buffer[index] = element(index).littleEndian
                    index &+= 1
                }
                initialized = count
            }
        )
    }

    private mutating func append(_ count: Int, _ element: (Int) -> UInt8) {
        appendArray(
            [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                var index = 0
                while index < count {
                    buffer[index] = element(index)
                    index &+= 1
                }
                initialized = count
            }
        )
    }

    private mutating func appendArray(_ elements: [some BitwiseCopyable]) {
        elements.withUnsafeBytes { output.append(contentsOf: $0) }
    }
}
