internal import Foundation

/// Turns what a person gives as a model into a described directory: a model directory, an Argos package as a folder, or
/// a package as an archive, which is unpacked once into the cache folder.
public struct ModelLocator: Sendable {
    /// Where archives are unpacked.
    public var cacheFolder: String

    public init(cacheFolder: String = ModelLocator.defaultCacheFolder) { self.cacheFolder = cacheFolder }

    /// `DRAGOMAN_CACHE_DIR`, else `dragoman` in the user's cache folder.
    public static var defaultCacheFolder: String {
        if let folder = ProcessInfo.processInfo.environment["DRAGOMAN_CACHE_DIR"], !folder.isEmpty { return folder }
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        return (caches ?? FileManager.default.temporaryDirectory).appendingPathComponent("dragoman").path
    }

    /// Describes the model at a path.
    /// - Throws: `MachineTranslationError`.
    public func describe(_ path: String) throws -> ModelDescription {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw MachineTranslationError(.modelMissing, "There is no model at '\(path)'.")
        }
        if isDirectory.boolValue { return try ModelDescriptionReader(directory: path).read() }
        guard path.hasSuffix(".argosmodel") || path.hasSuffix(".zip") else {
            throw MachineTranslationError(
                .modelUnsupported,
                "'\(path)' is a file; expected a model directory or a package that ends in '.argosmodel' or '.zip'."
            )
        }
        return try ModelDescriptionReader(directory: unpacked(path)).read()
    }

    /// The folder an archive is unpacked in, once.
    private func unpacked(_ path: String) throws -> String {
        let folder = "\(cacheFolder)/packages/\(key(of: path))"
        if !FileManager.default.fileExists(atPath: folder) {
            let temporary = "\(folder).\(UUID().uuidString)"
            try PackageArchive(path: path).unpack(into: temporary)
            if rename(temporary, folder) != 0 {
                // Another process was faster; its copy is as good.
                try? FileManager.default.removeItem(atPath: temporary)
                guard FileManager.default.fileExists(atPath: folder) else {
                    throw MachineTranslationError(.modelMissing, "Cannot write '\(folder)'.")
                }
            }
        }
        return try Self.modelFolder(in: folder)
    }

    /// What tells archives and their versions apart: name, place, size and time of change.
    private func key(of path: String) -> String {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        // FNV-1a; Swift's own hash is another one in every process.
        let place = url.path.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let name = url.deletingPathExtension().lastPathComponent.prefix(64)
        return "\(name)-\(String(place, radix: 16))-\(size)-\(Int(exactly: (changed * 1000).rounded()) ?? 0)"
    }

    /// The model's folder in an unpacked package, which holds one folder with the model, or the model itself.
    /// - Throws: `.modelCorrupt` where there is none.
    package static func modelFolder(in folder: String) throws -> String {
        let marks = ["metadata.json", "model.json", "model.bin"]
        func isModel(_ path: String) -> Bool {
            marks.contains { FileManager.default.fileExists(atPath: path + "/" + $0) }
        }
        if isModel(folder) { return folder }
        let inner = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map {
            "\(folder)/\($0)"
        }
        guard let found = inner.first(where: isModel) else {
            throw MachineTranslationError(
                .modelCorrupt,
                "The package unpacked in '\(folder)' holds none of \(marks.joined(separator: ", "))."
            )
        }
        return found
    }
}
