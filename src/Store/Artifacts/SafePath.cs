using System.Text;

namespace Slipway.Store.Artifacts;

/// <summary>Paths that come from outside and become files.</summary>
internal static class SafePath
{
    private const int LongestPath = 3000;
    private const int LongestSegment = 255;

    /// <summary>The segments of a relative path; none of them can lead out of where it is put.</summary>
    /// <exception cref="IllegalPathException"/>
    public static string[] Split(string path)
    {
        if (path.Length == 0)
        {
            throw new IllegalPathException(path, "it is empty.");
        }

        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            throw new IllegalPathException(path[..100] + "…", $"it is longer than {LongestPath} bytes.");
        }

        if (path[0] == '/')
        {
            throw new IllegalPathException(path, "it must be relative.");
        }

        var segments = path.Split('/');
        foreach (var segment in segments)
        {
            var fault = FaultOf(segment);
            if (fault is not null)
            {
                throw new IllegalPathException(path, fault);
            }
        }

        return segments;
    }

    private static string? FaultOf(string segment) => segment switch
    {
        "" => "it has an empty segment.",
        "." or ".." => $"'{segment}' is not a name.",
        _ when segment.Contains('\\') => "it holds a backslash; segments are separated by '/'.",
        _ when segment.Any(char.IsControl) => "it holds a control character.",
        _ when Encoding.UTF8.GetByteCount(segment) > LongestSegment => $"a name in it is longer than {LongestSegment} bytes.",
        _ => null,
    };
}
