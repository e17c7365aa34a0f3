internal import Foundation

/// A model's weights in the layout the kernels read, in one mapped region.
///
/// Layout of the file: the 128-bit XXH3 hash of all that follows, the magic "DGMPACK1", the manifest's length as u64,
/// the manifest (JSON), and the entries, each at a multiple of 64 bytes. Entries carry the names of CTranslate2's variables plus an ending:
/// `.panels` (weights by panel, s8 or f32), `.sums`, `.scale`, `.bias` for a linear layer; `.rows`, `.factor` for
/// embeddings; nothing for vectors and position tables. The layout is the same for every instruction set.
final class PackedWeights: Sendable {
    /// Where an entry lies, in bytes from the region's start.
    struct Span: Codable, Sendable {
        var offset: Int
        var size: Int
    }

    /// What a packed file says about itself.
    struct Manifest: Codable, Sendable {
        /// Raised whenever the layout changes; files of another format are made anew.
        static let format = 1
        var format = Manifest.format
        var fingerprint: String
        var compute: ComputeType
        var architecture: TransformerArchitecture
        /// See `SpecialTokens.init(attributesOf:)`.
        var attributes: SpecialTokens?
        var entries: [String: Span]
    }

    static let magic: [UInt8] = Array("DGMPACK1".utf8)
    static let alignment = 64
    static let hashSize = 16
    /// Bytes before the manifest.
    static let headerSize = hashSize + 16

    let manifest: Manifest
    private let region: MemoryRegion

    /// Bytes of the whole region.
    var byteCount: Int { region.bytes.count }

    /// Opens a region that holds a packed model.
    /// - Throws: `.corrupt` where any byte is not what was written.
    init(region: MemoryRegion, path: String) throws {
        var reader = ByteReader(file: path, bytes: UnsafeRawBufferPointer(region.bytes))
        let hash = try Array(reader.take(Self.hashSize, for: "the hash"))
        guard try hash == Self.hash(of: region) else { throw reader.corrupt("the content does not fit its hash") }
        guard try Array(reader.take(Self.magic.count, for: "the magic")) == Self.magic else {
            throw reader.corrupt("this is no packed model")
        }
        let length = try reader.integer(UInt64.self, for: "the manifest's length")
        let json = try reader.take(Int(clamping: length), for: "the manifest")
        do {
            manifest = try JSONDecoder().decode(Manifest.self, from: Data(json))
        } catch {
            throw InferenceError(.corrupt, "'\(path)' has an unreadable manifest.", cause: error)
        }
        let size = region.bytes.count
        let spansFit = manifest.entries.values.allSatisfy { span in
            span.offset >= 0 && span.size >= 0 && span.offset % Self.alignment == 0 && span.offset <= size
                && span.size <= size - span.offset
        }
        guard manifest.format == Manifest.format, spansFit else {
            throw InferenceError(.corrupt, "'\(path)' is not a packed model of format \(Manifest.format).")
        }
        self.region = region
    }

    /// The hash that belongs in front of a region's content.
    static func hash(of region: MemoryRegion) throws -> [UInt8] {
        try ContentHash.of(UnsafeRawBufferPointer(rebasing: region.bytes.dropFirst(hashSize)))
    }

    /// Has somebody told when the region is given back. To be called before the weights are shared.
    func whenReleased(_ body: @escaping @Sendable () -> Void) { region.didRelease = body }

    func contains(_ name: String) -> Bool { manifest.entries[name] != nil }

    /// The address of an entry of exactly `count` elements. Valid as long as this object.
    func pointer<Element>(_ name: String, count: Int, of _: Element.Type = Element.self) throws -> UnsafePointer<
        Element
    > {
        guard let span = manifest.entries[name], span.size == count * MemoryLayout<Element>.stride,
            let base = region.bytes.baseAddress
        else {
            throw InferenceError(.corrupt, "The packed model lacks '\(name)' with \(count) elements.")
        }
        return UnsafeRawPointer(base + span.offset).assumingMemoryBound(to: Element.self)
    }
}
