internal import Blobs
internal import Environment

/// The object store that the settings give the keys to.
enum ObjectStore {
    /// Whether a text names a place in an object store rather than a file.
    static func isPlace(_ text: String) -> Bool { text.hasPrefix("s3://") }

    /// Runs `body` with the backups at a place, `s3://bucket/prefix`.
    /// - Throws: `ConfigurationError` for settings or a place that cannot be used; `InstallationError` where the store
    ///   fails; what `body` throws.
    static func with<T>(
        _ settings: SettingValues,
        _ place: String,
        _ body: (BackupUpload) async throws -> T
    ) async throws -> T {
        let store = try open(settings, place)
        do {
            let result = try await body(BackupUpload(store: store, ending: "sqlite"))
            try await store.close()
            return result
        } catch let error as BlobError {
            try? await store.close()
            throw InstallationError(.unavailable, "'\(place)': \(error.message)")
        } catch {
            try? await store.close()
            throw error
        }
    }

    private static func open(_ settings: SettingValues, _ place: String) throws -> S3BlobStore {
        let (name, key) = (settings(Settings.s3AccessKey), settings(Settings.s3SecretKey))
        guard !name.isEmpty, !key.isEmpty else {
            throw ConfigurationError(problems: [
                "s3_access_key or s3_secret_key is missing, expected the keys to '\(place)'."
            ])
        }
        let endpoint = settings(Settings.s3Endpoint)
        do {
            return try S3BlobStore(
                S3Configuration(
                    location: S3Location(place),
                    credentials: S3Credentials(accessKey: name, secretKey: key),
                    region: settings(Settings.s3Region),
                    endpoint: endpoint.isEmpty ? nil : S3Endpoint(endpoint)
                )
            )
        } catch let error as BlobError {
            throw ConfigurationError(problems: [error.message])
        }
    }
}
