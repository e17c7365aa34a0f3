/// CTranslate2's `model.bin`: a header and a flat list of named tensors, memory-mapped.
///
/// Format (from CTranslate2's `model_spec.py`), little-endian: binary version u32 · from version 2 the specification's
/// name and its revision u32 · number of variables u32 · per variable: name, rank u8, dimensions u32 each, then from
/// version 4 a type id u8 and the byte count u32, before that the item size u8 and the item count u32, then the data ·
/// from version 3 the number of aliases u32, and per alias its name and the name it stands for.
///
/// Names of the first revision are OpenNMT-tf's; they are mapped to today's.
struct ModelBinary {
    /// Newest layout this reader knows.
    static let newestVersion = 6
    /// Most variables, and most aliases, that are read; the largest real models have a few thousand.
    static let mostVariables = 1 << 16

    let path: String
    let version: Int
    let specification: String
    let revision: Int
    let variables: [String: StoredTensor]
    /// Keeps the tensors' bytes alive.
    let region: MemoryRegion

    /// Reads the header and every variable's place.
    /// - Throws: `InferenceError` that names the file, what was found and what was expected.
    init(path: String) throws {
        let region = try MemoryRegion.file(path)
        var reader = ByteReader(file: path, bytes: UnsafeRawBufferPointer(region.bytes))
        let version = Int(try reader.integer(UInt32.self, for: "the binary version"))
        guard (1...Self.newestVersion).contains(version) else {
            throw reader.corrupt("the binary version is \(version), expected 1 to \(Self.newestVersion)")
        }
        var specification = "TransformerBase"
        var revision = 1
        if version >= 2 {
            specification = try reader.string(for: "the specification's name")
            revision = Int(try reader.integer(UInt32.self, for: "the specification's revision"))
        }
        var variables = try Self.variables(&reader, version: version, revision: revision)
        if version >= 3 { try Self.resolveAliases(&reader, in: &variables) }
        self.path = path
        self.version = version
        self.specification = specification
        self.revision = revision
        self.variables = variables
        self.region = region
    }

    private static func variables(
        _ reader: inout ByteReader,
        version: Int,
        revision: Int
    ) throws -> [String: StoredTensor] {
        // The shortest variable takes a two-byte name length, a name of one byte, rank, type and size: 9 bytes.
        let count = try count(&reader, of: "variables", bytesEach: 9)
        var variables: [String: StoredTensor] = [:]
        for index in 0..<count {
            var name = try reader.string(for: "the name of variable \(index)")
            if revision == 1 { name = currentName(ofFirstRevision: name) }
            let tensor = try tensor(&reader, name: name, version: version)
            guard variables.updateValue(tensor, forKey: name) == nil else {
                throw reader.corrupt("there is a second variable of the name '\(name)', expected one")
            }
        }
        return variables
    }

    private static func count(_ reader: inout ByteReader, of what: String, bytesEach size: Int) throws -> Int {
        let count = Int(try reader.integer(UInt32.self, for: "the number of \(what)"))
        let most = min(mostVariables, reader.remaining / size)
        guard count <= most else {
            throw reader.corrupt(
                "\(count) \(what) are announced, expected at most \(most) in the \(reader.remaining) bytes left"
            )
        }
        return count
    }

    private static func tensor(_ reader: inout ByteReader, name: String, version: Int) throws -> StoredTensor {
        let rank = Int(try reader.integer(UInt8.self, for: "the rank of '\(name)'"))
        guard rank <= 8 else { throw reader.corrupt("'\(name)' has rank \(rank), expected at most 8") }
        var shape: [Int] = []
        var elements = 1
        for _ in 0..<rank {
            let dimension = Int(try reader.integer(UInt32.self, for: "a dimension of '\(name)'"))
            let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw reader.corrupt("the dimensions of '\(name)' are beyond any file") }
            elements = product
            shape.append(dimension)
        }
        let typeOrSize = try reader.integer(UInt8.self, for: "the type of '\(name)'")
        guard let type = version >= 4 ? ElementType(rawValue: typeOrSize) : elementType(ofItemSize: typeOrSize) else {
            let expected =
                version >= 4 ? "a type from 0 to \(ElementType.bfloat16.rawValue)" : "a size of 1, 2 or 4 bytes"
            throw reader.corrupt("'\(name)' has numbers of type or size \(typeOrSize), expected \(expected)")
        }
        let announced = Int(try reader.integer(UInt32.self, for: "the size of '\(name)'"))
        let size = version >= 4 ? announced : announced * type.size
        let (expected, overflow) = elements.multipliedReportingOverflow(by: type.size)
        guard !overflow, size == expected else {
            throw reader.corrupt("'\(name)' of shape \(shape) announces \(size) bytes, expected \(expected)")
        }
        let bytes = try reader.take(size, for: "'\(name)'")
        return StoredTensor(name: name, shape: shape, type: type, bytes: bytes)
    }

    private static func elementType(ofItemSize size: UInt8) -> ElementType? {
        switch size {
        case 4: .float32
        case 2: .int16
        case 1: .int8
        default: nil
        }
    }

    private static func resolveAliases(_ reader: inout ByteReader, in variables: inout [String: StoredTensor]) throws {
        for index in 0..<(try count(&reader, of: "aliases", bytesEach: 6)) {
            let alias = try reader.string(for: "alias \(index)")
            let name = try reader.string(for: "the target of alias '\(alias)'")
            guard let target = variables[name] else {
                throw reader.corrupt("alias '\(alias)' stands for '\(name)', which is not in the file")
            }
            // An alias may repeat what is known: a weight's alias brings its scale along, which files then list too.
            let known = variables.updateValue(target, forKey: alias)
            guard known == nil || known?.bytes.baseAddress == target.bytes.baseAddress else {
                throw reader.corrupt("alias '\(alias)' for '\(name)' has the name of another variable")
            }
            if let scale = variables[name + "_scale"] { variables[alias + "_scale"] = scale }
        }
    }

    /// The first revision used OpenNMT-tf's names.
    private static func currentName(ofFirstRevision name: String) -> String {
        var name = name
        func replace(_ old: String, _ new: String) {
            if let range = name.firstRange(of: old) { name.replaceSubrange(range, with: new) }
        }
        replace("transformer/", "")
        replace(":0", "")
        replace("w_embs", "embeddings/weight")
        replace("kernel", "weight")
        replace("LayerNorm", "layer_norm")
        replace("dense", "projection")
        replace("conv1d_", "linear_")
        replace("conv1d", "linear_0")
        if name.contains("encoder") {
            replace("multi_head", "self_attention")
        } else {
            replace("masked_multi_head", "self_attention")
            replace("multi_head", "attention")
        }
        return name
    }
}
