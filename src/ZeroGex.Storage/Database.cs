using Npgsql;

namespace ZeroGex.Storage;

/// <summary>Opens the database the way this storage likes it.</summary>
public static class Database
{
    /// <summary>
    /// A data source with large buffers, so that a packed message does not take a wait of its own, and with statements prepared at their second use.
    /// What the connection string says itself is kept.
    /// </summary>
    /// <remarks>Marten wants a data source of its own: it changes its schema as it goes, and prepared statements break.</remarks>
    public static NpgsqlDataSource Open(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings = new(connectionString);
        SetDefault("Read Buffer Size", 128 * 1024);
        SetDefault("Write Buffer Size", 128 * 1024);
        SetDefault("Max Auto Prepare", 64);
        SetDefault("Auto Prepare Min Usages", 2);
        SetDefault("Application Name", "zerogex");
        return NpgsqlDataSource.Create(settings);

        void SetDefault(string name, object value)
        {
            if (!settings.ContainsKey(name) || !settings.ShouldSerialize(name)) settings[name] = value;
        }
    }
}
