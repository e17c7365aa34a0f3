internal import Foundation

/// Finds or makes a model's packed weights.
///
/// The packed file lies in a cache folder under the model file's fingerprint; made once, it is mapped by every process
/// that runs the model. Where the folder cannot be written, or has no room, the weights are packed into private memory.
struct WeightsLoader {
    var compute: ComputeType
    /// Folder for packed files; nil for none.
    var cacheFolder: String?
    /// See `TransformerModel.Options.willTake`.
    var willTake: (_ bytes: Int) -> Void = { _ in }

    /// The packed weights of the model in `directory`.
    func load(directory: String) throws -> PackedWeights {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw InferenceError(.missing, "There is no model directory '\(directory)'.")
        }
        let path = directory + "/model.bin"
        let fingerprint = try FileAccess.fingerprint(path)
        let cached = cacheFolder.map { "\($0)/\(fingerprint)-\(compute.rawValue).weights" }
        if let cached, let weights = open(cached, fingerprint: fingerprint) { return weights }
        return try pack(path, fingerprint: fingerprint, cached: cached)
    }

    /// The folder for packed weights: `DRAGOMAN_CACHE_DIR`, else the user's cache folder.
    static func defaultCacheFolder() -> String? {
        if let folder = ProcessInfo.processInfo.environment["DRAGOMAN_CACHE_DIR"], !folder.isEmpty { return folder }
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        return caches.map { $0.appendingPathComponent("dragoman").path }
    }

    /// A packed file that is whole, ours, and made from this model; nil otherwise.
    private func open(_ path: String, fingerprint: String) -> PackedWeights? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_uid == geteuid() else { return nil }
        willTake(Int(status.st_size))
        guard
            let region = try? MemoryRegion.file(path),
            let weights = try? PackedWeights(region: region, path: path),
            weights.manifest.fingerprint == fingerprint, weights.manifest.compute == compute
        else { return nil }
        return weights
    }

    private func pack(_ path: String, fingerprint: String, cached: String?) throws -> PackedWeights {
        let binary = try ModelBinary(path: path)
        let store = VariableStore(binary)
        let reader = ArchitectureReader(store: store)
        let architecture = try reader.read()
        var packer = WeightPacker(store: store, architecture: architecture, compute: compute)
        let plan = try packer.makePlan(reader: reader)
        let manifest = PackedWeights.Manifest(
            fingerprint: fingerprint,
            compute: compute,
            architecture: architecture,
            attributes: SpecialTokens(attributesOf: binary),
            entries: [:]
        )
        // The plan's tensors point into the mapped file.
        return try withExtendedLifetime(binary.region) {
            if let cached, try writeFile(cached, plan, manifest, from: binary.region),
                let weights = open(cached, fingerprint: fingerprint)
            {
                return weights
            }
            let region = try plan.build(manifest: manifest, from: binary.region) { size in
                willTake(size)
                return try MemoryRegion.memory(size: size)
            }
            return try PackedWeights(region: region, path: path)
        }
    }

    /// Writes the packed file beside its final name and renames it into place; false where that is impossible.
    private func writeFile(
        _ path: String,
        _ plan: PackPlan,
        _ manifest: PackedWeights.Manifest,
        from source: MemoryRegion
    ) throws -> Bool {
        struct CannotWrite: Error {}
        let folder = (path as NSString).deletingLastPathComponent
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try? FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: attributes
        )
        let temporary = "\(path).\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        do {
            let region = try plan.build(manifest: manifest, from: source) { size in
                willTake(size)
                guard let region = MemoryRegion.newFile(temporary, size: size) else { throw CannotWrite() }
                return region
            }
            guard region.synchronize(), rename(temporary, path) == 0 else { throw CannotWrite() }
            return true
        } catch is CannotWrite {
            unlink(temporary)
            return false
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
