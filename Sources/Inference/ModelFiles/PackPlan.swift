internal import Foundation

/// What a packed file will hold: first the sizes are known, then the region is made, then the entries are filled in.
struct PackPlan {
    /// Fills one entry; the memory is zeroed and aligned.
    typealias Fill = (UnsafeMutableRawPointer) -> Void

    private var names: [(name: String, entry: Int)] = []
    private var entries: [(size: Int, fill: Fill)] = []

    /// Adds an entry and returns its number.
    @discardableResult
    mutating func add(_ name: String, size: Int, fill: @escaping Fill) -> Int {
        entries.append((size, fill))
        names.append((name, entries.count - 1))
        return entries.count - 1
    }

    /// Gives an entry a further name.
    mutating func alias(_ name: String, to entry: Int) { names.append((name, entry)) }

    /// Lays the entries out, has `allocate` make a region of the right size, and fills it.
    /// - Parameter source: what the entries are made from. It is several times as large as they are together, so that its
    ///   pages leave this process's memory as each entry is done.
    func build(
        manifest: PackedWeights.Manifest,
        from source: MemoryRegion,
        allocate: (Int) throws -> MemoryRegion
    ) throws -> MemoryRegion {
        var manifest = manifest
        let spans = layOut(after: try headerRoom(manifest))
        for (name, entry) in names { manifest.entries[name] = spans.spans[entry] }
        let json = try Self.encode(manifest)
        let region = try allocate(spans.total)
        guard let base = region.bytes.baseAddress else { return region }
        for (span, entry) in zip(spans.spans, entries) {
            entry.fill(base + span.offset)
            source.forgetPages()
        }
        var header = Data(PackedWeights.magic)
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { header.append(contentsOf: $0) }
        header.append(json)
        header.withUnsafeBytes { region.bytes[PackedWeights.hashSize...].copyBytes(from: $0) }
        try PackedWeights.hash(of: region).withUnsafeBytes { region.bytes.copyBytes(from: $0) }
        return region
    }

    /// In a fixed order, so that a model is always packed to the same bytes.
    private static func encode(_ manifest: PackedWeights.Manifest) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(manifest)
    }

    private static func rounded(_ size: Int) -> Int {
        (size + PackedWeights.alignment - 1) / PackedWeights.alignment * PackedWeights.alignment
    }

    /// Room for the header, with every number at its longest.
    private func headerRoom(_ manifest: PackedWeights.Manifest) throws -> Int {
        var widest = manifest
        for (name, _) in names { widest.entries[name] = .init(offset: .max, size: .max) }
        return Self.rounded(PackedWeights.headerSize + (try Self.encode(widest).count))
    }

    private func layOut(after header: Int) -> (spans: [PackedWeights.Span], total: Int) {
        var offset = header
        let spans = entries.map { entry in
            defer { offset += Self.rounded(entry.size) }
            return PackedWeights.Span(offset: offset, size: entry.size)
        }
        return (spans, offset)
    }
}
