/// The environment variables that settings are read from, and what is noticed about others.
enum SettingVariables {
    private static let prefix = "DRAGOMAN_"

    /// Settings that answer to their bare names too: names that are widely used for just this, and those that the first
    /// versions read. Newer settings have the name with the prefix alone, which no other program means.
    private static let bareNames: Set<String> = [
        "admin_email", "admin_password_file", "allow_signup", "allowed_origins", "api_host", "api_port", "batch_size",
        "cache_days", "cache_memory", "cache_size", "data_dir", "database_url", "db_pool_size",
        "enterprise_requests_per_minute", "free_requests_per_minute", "jwt_expiry", "jwt_key_file", "log_format",
        "log_level", "max_body", "max_length", "max_queue", "max_synchronous_length", "model_path",
        "premium_requests_per_minute", "rabbitmq_url", "redis_url", "retention_days", "retry_limit", "s3_access_key",
        "s3_endpoint", "s3_region", "s3_secret_key", "secret_key", "shutdown_timeout", "simulated_error_rate",
        "simulated_failures", "simulated_seed", "simulated_time_per_word", "trusted_proxies", "webhook_allow_private",
        "worker_classes", "worker_concurrency", "worker_lease",
    ]
    /// Bare names that the first versions read, and that other programs use for things of their own.
    private static let retired = ["ENGINE", "MODELS", "ROLE", "THREADS"]
    /// Every program logs, and nothing is lost where it logs otherwise: variables that resemble these are others'.
    private static let unremarkable: Set<String> = ["LOG_FORMAT", "LOG_LEVEL"]
    /// Variables with the prefix that are no settings.
    private static let others = ["ISA", "CACHE_DIR", "MODEL_INDEX", "URL", "API_KEY"].map { prefix + $0 }

    /// The variables of a setting; of those that are set, the first counts.
    static func names(of setting: String) -> [String] {
        let bare = setting.uppercased()
        return bareNames.contains(setting) ? [prefix + bare, bare] : [prefix + bare]
    }

    /// Variables that carry the product's name, and so can only be meant for it, and that are none of its.
    static func problems(_ environment: [String: String]) -> [String] {
        let known = others + Settings.all.flatMap(\.variables).filter { $0.hasPrefix(prefix) }
        return environment.keys.filter { $0.hasPrefix(prefix) && !known.contains($0) }.sorted().map { name in
            guard !isServiceLink(name) else {
                return "The environment variable '\(name)' comes from a Kubernetes service whose name begins with "
                    + "'dragoman', expected 'enableServiceLinks: false' in the pod."
            }
            return "The environment variable '\(name)' is no setting." + Misspelling.hint(name, among: known)
        }
    }

    /// What is worth saying about variables that are not read: names that were read once, and such as are nearly a
    /// setting's. They may be another program's, so that nothing is refused.
    static func notes(_ environment: [String: String]) -> [String] {
        let bare = Settings.all.flatMap(\.variables).filter { !$0.hasPrefix(prefix) }
        let remarkable = bare.filter { !unremarkable.contains($0) }
        let gone = retired.filter { environment[$0]?.isEmpty == false && environment[prefix + $0] == nil }.map {
            "The environment variable '\($0)' is not read any more; if it is meant for Dragoman, call it '\(prefix)\($0)'."
        }
        let misspelt = environment.keys.filter { !$0.hasPrefix(prefix) && !bare.contains($0) }.sorted()
            .compactMap { name in
                Misspelling.meant(by: name, among: remarkable).map {
                    "The environment variable '\(name)' is not read. Did you mean '\($0)'?"
                }
            }
        return gone + misspelt
    }

    /// Whether Kubernetes made the variable for a service: `DRAGOMAN_API_SERVICE_HOST`, `DRAGOMAN_API_PORT_8080_TCP`.
    private static func isServiceLink(_ name: String) -> Bool {
        name.contains("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
            || name.firstMatch(of: #/_PORT_[0-9]+_(TCP|UDP|SCTP)/#) != nil
    }
}
