internal import Identity
package import JobSystem

/// What translates.
package enum EngineChoice: String, CaseIterable, Sendable {
    /// The models in `model_path`.
    case neural
    /// A simulation, for tests of everything around the engine.
    case simulated
}

/// What a process does.
package enum ProcessRole: String, CaseIterable, Sendable {
    /// Answers requests and works off jobs.
    case all
    /// Answers requests only.
    case api
    /// Works off jobs only; answers `/health` and `/metrics`.
    case worker
}

/// How log lines are written.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    case text
    case json
}

/// How much is logged.
package enum LogLevel: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error
}

/// Every setting there is. What is not here does not exist: a key that is not is refused with the nearest that is.
package enum Settings {
    // MARK: Server
    package static let apiHost = Setting.text("api_host", standard: "127.0.0.1", "Address to listen on.")
    package static let apiPort = Setting.number("api_port", 8080, 0...65_535, "Port to listen on; 0: any that is free.")
    package static let role = Setting<ProcessRole>.choice("role", .all, "What this process does: all, api or worker.")
    package static let allowedOrigins = Setting.list(
        "allowed_origins",
        "Origins whose web pages may use the API; *: any.",
        check: SettingChecks.origin
    )
    package static let trustedProxies = Setting.list(
        "trusted_proxies",
        "Proxies whose X-Forwarded-* headers count.",
        check: SettingChecks.network
    )
    package static let maximumBody = Setting.bytes("max_body", 16 << 20, "Largest body of a request.")
    package static let bodyMemory = Setting.bytes(
        "body_memory",
        256 << 20,
        "Bodies of all requests that are being read."
    )
    package static let shutdownTimeout = Setting.duration(
        "shutdown_timeout",
        .seconds(25),
        .seconds(1) ... .seconds(600),
        "How long ending may take."
    )

    // MARK: Data
    package static let dataFolder = Setting.text(
        "data_dir",
        standard: "./data",
        "Folder of the database and everything kept."
    )
    package static let databaseURL = Setting.text(
        "database_url",
        isSecret: true,
        "Database: postgres://USER:PASSWORD@HOST/NAME, sqlite:PATH; empty: a SQLite file in data_dir.",
        check: SettingChecks.database
    )
    package static let rabbitURL = Setting.text(
        "rabbitmq_url",
        isSecret: true,
        "Message broker: amqp://USER:PASSWORD@HOST/VHOST; empty: jobs are distributed by the database.",
        check: SettingChecks.rabbit
    )
    package static let redisURL = Setting.text(
        "redis_url",
        isSecret: true,
        "Redis: redis://:PASSWORD@HOST:6379/0; empty: each process has caches and limits of its own.",
        check: SettingChecks.redis
    )
    package static let databasePoolSize = Setting.number(
        "db_pool_size",
        10,
        1...1000,
        "Connections to PostgreSQL that a process has at most."
    )
    package static let s3Endpoint = Setting.text(
        "s3_endpoint",
        "Object store for backups, such as https://minio.example.org; empty: Amazon's in the region.",
        check: SettingChecks.objectStore
    )
    package static let s3Region = Setting.text("s3_region", standard: "us-east-1", "Its region.")
    package static let s3AccessKey = Setting.text("s3_access_key", "Name of the key to it.")
    package static let s3SecretKey = Setting.text("s3_secret_key", isSecret: true, "The key to it.")
    package static let retentionDays = Setting.number(
        "retention_days",
        30,
        0...36_500,
        "Days that ended jobs are kept, with their texts; 0: a minute."
    )
    package static let maximumQueue = Setting.number(
        "max_queue",
        10_000,
        1...10_000_000,
        "Jobs that may wait, those of one account four times what is left; more are refused with 503."
    )

    // MARK: Models
    package static let modelPath = Setting.text("model_path", standard: "./Models", "Folder of models.")
    package static let models = Setting.list("models", "Models of that folder to use, by name; empty: all.")
    package static let engine = Setting<EngineChoice>.choice("engine", .neural, "What translates: neural or simulated.")
    package static let threads = Setting.number(
        "threads",
        0,
        0...1024,
        "Threads that translate, for all models together; 0: one for each core."
    )
    package static let modelMemory = Setting.bytes(
        "model_memory",
        0,
        "Memory of all loaded models; 0: 70 % of what the process may use."
    )
    package static let pinnedModels = Setting.list(
        "pinned_models",
        "Models, by name, that are loaded at the start and stay."
    )
    package static let batchSize = Setting.number(
        "batch_size",
        18,
        1...4096,
        "Sentences that a thread decodes at once, with beams of 2."
    )
    package static let maximumLength = Setting.number(
        "max_length",
        1_000_000,
        1...100_000_000,
        "Characters of a job's texts together."
    )
    package static let synchronousLength = Setting.number(
        "max_synchronous_length",
        10_000,
        1...10_000_000,
        "Characters of a text that is translated at once."
    )
    package static let concurrency = Setting.number(
        "worker_concurrency",
        16,
        1...1024,
        "Jobs that are worked on at the same time."
    )
    package static let workerClasses = Setting.classes(
        "worker_classes",
        "Classes of jobs that are worked on: critical, high, standard."
    )
    package static let lease = Setting.duration(
        "worker_lease",
        .seconds(30),
        .seconds(3) ... .seconds(3600),
        "How long a worker may be silent before its jobs are given to others."
    )
    package static let retryLimit = Setting.number(
        "retry_limit",
        5,
        1...100,
        "Failures after which a job becomes a dead letter."
    )
    package static let crashLimit = Setting.number(
        "crash_limit",
        3,
        1...100,
        "Deaths of its workers after which a job becomes a dead letter; from two on it is tried alone."
    )
    package static let attemptTimeout = Setting.duration(
        "attempt_timeout",
        .seconds(600),
        .seconds(1) ... .seconds(86_400),
        "How long an attempt may go without progress, besides 10 ms for each word."
    )

    // MARK: Segment cache
    package static let cacheSize = Setting.bytes("cache_size", 10 << 30, "Translated segments kept on disk; 0: none.")
    package static let cacheMemory = Setting.bytes("cache_memory", 64 << 20, "Translated segments kept in memory.")
    package static let cacheDays = Setting.number("cache_days", 7, 1...3650, "Days that translated segments are kept.")

    // MARK: Accounts
    package static let secretKey = Setting.text(
        "secret_key",
        isSecret: true,
        "Signs tokens (HS256), at least 32 bytes; empty: made once and kept in data_dir."
    )
    package static let jwtKeyFile = Setting.text(
        "jwt_key_file",
        "File with an RSA or P-256 key (PEM) to sign tokens with."
    )
    package static let jwtExpiry = Setting.duration(
        "jwt_expiry",
        .seconds(86_400),
        .seconds(60) ... .seconds(366 * 86_400),
        "How long a token is good."
    )
    package static let allowSignup = Setting.flag("allow_signup", false, "Whether anybody may make an account.")
    package static let adminEmail = Setting.text("admin_email", "Account to make at the first start.")
    package static let adminPasswordFile = Setting.text("admin_password_file", "File with that account's password.")
    package static let standardRequests = Setting.number(
        "standard_requests_per_minute",
        0,
        0...TokenBucket.highestLimit,
        "Requests a minute in the tier standard; 0: no limit."
    )
    package static let freeRequests = Setting.number(
        "free_requests_per_minute",
        10,
        0...TokenBucket.highestLimit,
        "Requests a minute in the tier free; 0: no limit."
    )
    package static let premiumRequests = Setting.number(
        "premium_requests_per_minute",
        100,
        0...TokenBucket.highestLimit,
        "Requests a minute in the tier premium; 0: no limit."
    )
    package static let enterpriseRequests = Setting.number(
        "enterprise_requests_per_minute",
        1000,
        0...TokenBucket.highestLimit,
        "Requests a minute in the tier enterprise; 0: no limit."
    )

    // MARK: Webhooks
    package static let webhookPrivate = Setting.flag(
        "webhook_allow_private",
        false,
        "Whether webhooks may go to private and loopback addresses."
    )

    // MARK: Simulated engine
    package static let simulatedTime = Setting.duration(
        "simulated_time_per_word",
        .milliseconds(1),
        .zero ... .seconds(60),
        "Time that the simulated engine takes for a word."
    )
    package static let simulatedErrors = Setting.share(
        "simulated_error_rate",
        0,
        "Share of attempts that the simulated engine fails."
    )
    package static let simulatedKinds = Setting.list(
        "simulated_failures",
        standard: ["retryable"],
        "How they fail: retryable, permanent, hang, crash.",
        check: SettingChecks.simulatedFailure
    )
    package static let simulatedSeed = Setting.number("simulated_seed", 1, 0...Int.max, "Decides which attempts fail.")
    package static let simulatedPoison = Setting.text(
        "simulated_poison",
        "Every attempt at a text that holds this kills its process; empty: none does."
    )

    // MARK: Logs
    package static let logLevel = Setting<LogLevel>.choice("log_level", .info, "How much is logged.")
    package static let logFormat = Setting<LogFormat>.choice(
        "log_format",
        .auto,
        "How it is written: auto, text or json."
    )

    /// Every setting, in the order in which they are shown.
    package static let all: [AnySetting] = [
        .init(apiHost), .init(apiPort), .init(role), .init(allowedOrigins), .init(trustedProxies), .init(maximumBody),
        .init(bodyMemory), .init(shutdownTimeout), .init(dataFolder), .init(databaseURL), .init(rabbitURL),
        .init(redisURL),
        .init(databasePoolSize), .init(s3Endpoint), .init(s3Region),
        .init(s3AccessKey), .init(s3SecretKey), .init(retentionDays),
        .init(maximumQueue),
        .init(modelPath), .init(models), .init(engine), .init(threads), .init(modelMemory),
        .init(pinnedModels), .init(batchSize), .init(maximumLength),
        .init(synchronousLength), .init(concurrency), .init(workerClasses), .init(lease), .init(retryLimit),
        .init(crashLimit), .init(attemptTimeout),
        .init(cacheSize),
        .init(cacheMemory), .init(cacheDays), .init(secretKey), .init(jwtKeyFile), .init(jwtExpiry),
        .init(allowSignup), .init(adminEmail), .init(adminPasswordFile), .init(standardRequests), .init(freeRequests),
        .init(premiumRequests),
        .init(enterpriseRequests), .init(webhookPrivate), .init(simulatedTime), .init(simulatedErrors),
        .init(simulatedKinds), .init(simulatedSeed), .init(simulatedPoison), .init(logLevel), .init(logFormat),
    ]
}
