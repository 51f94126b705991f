import FleetCore
import Testing

/// Which names of variables look like those of secrets.
@Suite struct SecretNamesTests {
    @Test(arguments: [
        "TOKEN", "SECRET", "PASSWORD", "API_KEY", "PRIVATE_KEY", "GITHUB_TOKEN", "GH_TOKEN2", "token", "github_token",
        "githubToken",
        "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "OPENAI_API_KEY", "APIKEY", "MY_APIKEYS", "apiKey", "ApiKey",
        "MyApiKeyV2",
        "MYAPIKEY", "PGPASSWORD", "MYSQL_PWD", "SMTP_PASS", "GH_PAT", "DATABASE_URL", "DB_URL", "REDIS_URI",
        "POSTGRES_MAIN_URL",
        "SENTRY_DSN", "SLACK_WEBHOOK_URL", "AMQP_URL", "SQLALCHEMY_DATABASE_URI", "DATABASEURL", "CONNECTION_STRING",
        "CONN_STR",
        "AZURE_STORAGE_ACCOUNT_KEY", "SSH_KEY", "SSH_PRIVATE_KEY", "GPG_KEYS", "ENCRYPTION_KEY", "SIGNING_KEY",
        "DEPLOY_KEY",
        "CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLECREDENTIALS", "CREDS", "BASIC_AUTH", "OAUTH_CLIENT",
        "JWT", "COOKIE",
        "BEARER", "AUTHTOKEN", "SESSION_TOKENS", "API_TOKENS", "PASSPHRASE", "KEY_PASSPHRASE", "PASSWD", "SECRET_1",
        "X_SECRET_Y",
        "SECRETS_DIR", "privateKey", "accesskey", "NPM_AUTH", "MONGO.URL", "AUTHORIZATION",
    ])
    func isSecret(_ name: String) { #expect(SecretNames.matches(name)) }

    @Test(arguments: [
        "MAX_TOKENS", "maxTokens", "TOKENS", "TOKENIZERS_PARALLELISM", "TOKENIZER", "KEYBOARD", "KEY", "KEYS", "KEYMAP",
        "MONKEY",
        "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "AUTHOR", "AUTHORS", "XAUTHORITY", "SSH_AUTH_SOCK", "PWD", "OLDPWD",
        "pwd", "PATH",
        "PASSAGE", "COMPASS", "PASSES", "BYPASS", "PASS_COUNT", "PAT_X", "PATTERN", "LANG", "LC_ALL", "TZ", "HOME",
        "CI", "URL",
        "API_URL", "BASE_URI", "HTTP_PROXY", "CODEWHALE_PROFILE", "CODEWHALE_AGENT", "PRIMARY_KEY", "FOREIGN_KEY",
        "SORT_KEY",
        "COOKIES_ENABLED", "SECRETARY", "TOKENIZE", "STRING", "DB_HOST", "DATABASE_NAME", "REDIS_PORT", "MAX_RETRIES",
        "DEBUG",
        "RUSTFLAGS", "CXX", "MAKEFLAGS", "DISPLAY", "TERM", "NO_COLOR", "", "_", "1", "é",
    ])
    func isPlain(_ name: String) { #expect(!SecretNames.matches(name)) }

    @Test(arguments: [
        ("GITHUB_TOKEN", "TOKEN"), ("apiKey", "API_KEY"), ("PGPASSWORD", "PGPASSWORD"),
        ("DATABASE_MAIN_URL", "MAIN_URL"),
        ("GH_PAT", "PAT"),
    ])
    func reasonNamesTheWord(name: String, reason: String) { #expect(SecretNames.reason(for: name) == reason) }

    /// The specification's own words are refused in whatever company.
    @Test(arguments: ["TOKEN", "SECRET", "PASSWORD", "API_KEY", "PRIVATE_KEY"])
    func wordsOfTheSpecificationAreRefusedEverywhere(_ word: String) {
        for name in [
            word, "MY_\(word)", "\(word)_FILE", "A_\(word)_B", word.lowercased(), "my_\(word.lowercased())", "\(word)1",
        ] {
            #expect(SecretNames.matches(name), "\(name)")
        }
    }
}
