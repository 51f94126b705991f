/// Judges by its words whether the name of a variable looks like that of a secret.
///
/// Secrets belong into the configuration of the worker program or of the host, not into specs, argument lists and
/// ledgers. A name is split at `_`, and where a small letter is followed by a capital; digits at a word's end do not
/// count. So `MAX_TOKENS`, `TOKENIZERS_PARALLELISM`, `KEYBOARD` and `GIT_AUTHOR_NAME` pass, and `GITHUB_TOKEN`,
/// `apiKey`, `PGPASSWORD` and `DATABASE_URL` do not. The lists below are the whole rule.
package enum SecretNames {
    /// Words that make a name secret wherever they stand.
    package static let words: Set<String> = [
        "TOKEN", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS",
        "CRED", "CREDS", "AUTH", "OAUTH", "AUTHORIZATION", "APIKEY", "APIKEYS", "BEARER", "JWT", "COOKIE", "DSN",
        "CONNSTR",
    ]
    /// Ends of words that were written together, such as `PGPASSWORD` or `AUTHTOKEN`.
    package static let wordEnds = [
        "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "APIKEY", "PRIVATEKEY", "ACCESSKEY", "SECRETKEY",
        "CREDENTIALS", "DATABASEURL",
    ]
    /// Words that make a name secret as its last one, such as `SMTP_PASS`, `MYSQL_PWD` or `GH_PAT`.
    package static let lastWords: Set<String> = ["PASS", "PAT", "PWD"]
    /// Words that make a following `KEY` or `KEYS` secret.
    package static let keyWords: Set<String> = [
        "API", "PRIVATE", "ACCESS", "SECRET", "ENCRYPTION", "SIGNING", "SSH", "GPG", "PGP", "MASTER", "DEPLOY",
        "ACCOUNT", "STORAGE", "SERVICE", "HMAC", "LICENSE", "ROUTING",
    ]
    /// Words that make a following `TOKENS` secret; without them it is a number of tokens.
    package static let tokenWords: Set<String> = ["API", "ACCESS", "REFRESH", "BOT", "SESSION", "ID"]
    /// Words that make an `URL` or `URI` after them secret, as a password is usual in it.
    package static let addressWords: Set<String> = [
        "DATABASE", "DB", "POSTGRES", "POSTGRESQL", "PG", "MYSQL", "MARIADB", "MONGO", "MONGODB", "REDIS", "AMQP",
        "RABBITMQ", "CLICKHOUSE", "CASSANDRA", "BROKER", "CELERY", "MSSQL", "SQLSERVER", "ORACLE", "SQLALCHEMY",
        "JDBC", "SENTRY", "WEBHOOK",
    ]
    /// Names that pass although a word of theirs is above.
    package static let exceptions: Set<String> = ["SSH_AUTH_SOCK", "PWD", "OLDPWD"]

    /// Whether a name looks like that of a secret.
    package static func matches(_ name: String) -> Bool { reason(for: name) != nil }

    /// The word, or words, for which a name looks like that of a secret; nil where it does not.
    package static func reason(for name: String) -> String? {
        guard !exceptions.contains(name.uppercased()) else { return nil }
        let words = split(name)
        for (index, word) in words.enumerated() {
            if Self.words.contains(word) { return word }
            if wordEnds.contains(where: { word.hasSuffix($0) }) { return word }
            if index == words.count - 1, lastWords.contains(word) { return word }
            guard index > 0 else { continue }
            let before = words[index - 1]
            let isPair =
                switch word {
                case "KEY", "KEYS": keyWords.contains(before)
                case "TOKENS": tokenWords.contains(before)
                case "URL", "URI": words[..<index].contains(where: addressWords.contains)
                case "STRING", "STR": before == "CONNECTION" || before == "CONN"
                default: false
                }
            if isPair { return "\(before)_\(word)" }
        }
        return nil
    }

    private static func split(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasSmall = false
        func end() {
            while let last = word.last, last.isNumber { word.removeLast() }
            if !word.isEmpty { words.append(word.uppercased()) }
            word = ""
        }
        for character in name {
            if character == "_" || character == "-" || character == "." {
                end()
            } else {
                if wasSmall, character.isUppercase { end() }
                word.append(character)
            }
            wasSmall = character.isLowercase
        }
        end()
        return words
    }
}
