namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>
/// A namespace that takes no pods for now, because its quota is used up or its cluster does not answer. Nothing is tried there until a pod of ours has ended or a pause is over, and then one pod at first: each that is taken lets two more try, so that neither
/// room is left unused nor the API server asked in vain by all who wait. The cloud's lock guards it.
/// </summary>
internal sealed class CreationHold
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private int _refusals;

    public string Reason { get; private set; } = "";

    /// <summary>The end of a pod makes room.</summary>
    public bool IsOfQuota { get; private set; }

    /// <summary>When it is tried again if nothing happens.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>How many may try.</summary>
    public int Places { get; private set; }

    public void Refused(string reason, bool isOfQuota, DateTimeOffset now)
    {
        // Many who tried at once are refused at once: that is one refusal.
        if (now >= Until)
        {
            var pause = TimeSpan.FromSeconds(Math.Min(FirstPause.TotalSeconds * Math.Pow(2, Math.Min(_refusals++, 10)), LongestPause.TotalSeconds));
            Until = now + pause;
        }

        (Reason, IsOfQuota, Places) = (reason, isOfQuota, 0);
    }

    public void Take() => Places--;

    public void Allow(int places) => Places += places;

    /// <returns>True: the pause is over just now.</returns>
    public bool Tick(DateTimeOffset now)
    {
        if (Places > 0 || now < Until)
        {
            return false;
        }

        Places = 1;
        return true;
    }
}
