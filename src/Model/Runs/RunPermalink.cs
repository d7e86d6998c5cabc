namespace Slipway.Model;

/// <summary>Jenkins' permalinks, named as in its URLs.</summary>
public enum RunPermalink
{
    /// <summary>The newest, running or not.</summary>
    LastBuild,

    /// <summary>The newest that ended.</summary>
    LastCompletedBuild,

    /// <summary>The newest that ended as success or unstable.</summary>
    LastSuccessfulBuild,

    /// <summary>The newest that ended as success.</summary>
    LastStableBuild,
    LastUnstableBuild,

    /// <summary>The newest that ended as anything but success.</summary>
    LastUnsuccessfulBuild,

    /// <summary>The newest that ended as failure.</summary>
    LastFailedBuild,
}
