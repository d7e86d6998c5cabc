using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Data.Sqlite;
using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Store.Jobs;

namespace Slipway.Store.Sqlite.Connections;

/// <summary>How values stand in columns: times and durations in milliseconds, names of cases in Jenkins' spelling or our own, lists and definitions as JSON.</summary>
internal static class Columns
{
    public static string? Text(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? Long(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static int? Int(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    public static DateTimeOffset Time(this SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static TimeSpan Span(this SqliteDataReader row, int column) => TimeSpan.FromMilliseconds(row.GetInt64(column));

    public static bool Flag(this SqliteDataReader row, int column) => row.GetInt64(column) != 0;

    public static T Json<T>(this SqliteDataReader row, int column, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(row.GetString(column), type)!;

    public static T? JsonOrNull<T>(this SqliteDataReader row, int column, JsonTypeInfo<T> type) where T : class =>
        row.IsDBNull(column) ? null : row.Json(column, type);

    public static long Of(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    public static object? Of(DateTimeOffset? time) => time is { } given ? Of(given) : null;

    public static long Of(TimeSpan span) => (long)span.TotalMilliseconds;

    public static long Of(bool flag) => flag ? 1 : 0;

    public static string Of<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    /// <summary>To the precision that is kept.</summary>
    public static DateTimeOffset Rounded(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    public static string Of(RunState state) => state switch
    {
        RunState.Queued => "queued",
        RunState.Running => "running",
        _ => "finished",
    };

    public static RunState State(string text) => text switch
    {
        "queued" => RunState.Queued,
        "running" => RunState.Running,
        _ => RunState.Finished,
    };

    public static RunResult? Result(string? text) => RunResults.TryParse(text, out var result) ? result : null;
}

/// <summary>JSON of what the model's own context does not name.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(DeclaredProperties))]
[JsonSerializable(typeof(ScmRevision))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<ChangeEntry>))]
internal sealed partial class StoreJson : JsonSerializerContext;
