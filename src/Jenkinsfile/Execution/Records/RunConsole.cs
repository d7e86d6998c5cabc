using System.Text;

namespace Slipway.Jenkinsfile.Execution.Records;

/// <summary>What the controller itself writes to a run's console. Lines are numbered in the program's order, so a replay writes the same ones and the log keeps each once.</summary>
/// <param name="time">Dates lines inside of <c>timestamps</c>: when they are written first, which is what the log keeps.</param>
/// <param name="failed">Told when a line could not be written; the run is suspended then, and no script may see why.</param>
internal sealed class RunConsole(IRunRecorder recorder, int longestText, TimeProvider time, Action<Exception> failed)
{
    private const string Mask = "****";

    private readonly List<string> _masked = [];
    private long _lines;

    /// <summary>A text that may never be shown, whoever writes it.</summary>
    public void MaskEverywhere(string secret)
    {
        if (!string.IsNullOrEmpty(secret))
        {
            _masked.Add(secret);
        }
    }

    /// <summary>The program is being taken down: what it writes meanwhile is not the program's.</summary>
    public bool IsMuted { get; set; }

    public IReadOnlyList<string> MaskedEverywhere => _masked;

    /// <summary>Writes text of one or more lines for the node whose code this is.</summary>
    public void Write(StepContext? context, string text)
    {
        if (IsMuted)
        {
            return;
        }

        var clean = MaskSecrets(text, context?.Masked ?? []);
        if (clean.Length > longestText)
        {
            clean = $"{clean.AsSpan(0, longestText)}\n… ({clean.Length - longestText} more characters are left out: a single text in the log holds at most {longestText})";
        }

        if (!clean.EndsWith('\n'))
        {
            clean += "\n";
        }

        if (context is { Timestamps: true })
        {
            var stamp = $"[{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ}] ";
            clean = stamp + clean[..^1].Replace("\n", "\n" + stamp, StringComparison.Ordinal) + "\n";
        }

        _lines++;
        try
        {
            recorder.WriteLog(_lines, context?.FlowNode ?? 0, clean);
        }
        catch (Exception failure)
        {
            failed(failure);
        }

        _lines += clean.AsSpan().Count('\n') - 1;
    }

    /// <summary>The text with what is secret here blanked out, longest secrets first.</summary>
    public string MaskSecrets(string text, IReadOnlyList<string> masked)
    {
        if (_masked.Count == 0 && masked.Count == 0)
        {
            return text;
        }

        var clean = new StringBuilder(text);
        foreach (var secret in _masked.Concat(masked).Where(s => s.Length > 0).OrderByDescending(s => s.Length))
        {
            clean.Replace(secret, Mask);
        }

        return clean.ToString();
    }
}
