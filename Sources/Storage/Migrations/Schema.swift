/// Every step of the schema, in order.
package enum Schema {
    package static let migrations: [Migration] = [
        Migration(number: 1, name: "jobs", statements: JobSchema.version1)
    ]
}
