/// Every step of the schema, in order.
package enum Schema {
    package static let migrations: [Migration] = [
        Migration(number: 1, name: "jobs", statements: JobSchema.version1),
        Migration(number: 2, name: "identity", statements: IdentitySchema.version1),
        Migration(number: 3, name: "notes", statements: NoteSchema.version1),
        Migration(number: 4, name: "webhooks", statements: WebhookSchema.version1),
        Migration(number: 5, name: "workers", statements: WorkerSchema.version1),
        Migration(number: 6, name: "crashes", statements: JobSchema.version2),
        Migration(number: 7, name: "statistics", statements: StatisticsSchema.version1 + WebhookSchema.version2),
    ]
}
