# Lines of package, version, architecture, source, its version, relationship: into SPDX 2.3.
def id: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");
[split("\n")[] | select(. != "") | split("\t")] as $rows
| {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: ($name + "_" + $version),
    documentNamespace: ("urn:balans:sbom:" + $name + ":" + $version + ":" + $sha256),
    creationInfo: { created: $created, creators: ["Tool: balans-pi-package.sh"] },
    packages: (
      [{
        SPDXID: ($name | id), name: $name, versionInfo: $version, downloadLocation: "NOASSERTION",
        licenseDeclared: "Apache-2.0", licenseConcluded: "Apache-2.0", copyrightText: "NOASSERTION", filesAnalyzed: false,
        primaryPackagePurpose: "APPLICATION", checksums: [{ algorithm: "SHA256", checksumValue: $sha256 }]
      }] + [$rows[] | {
        SPDXID: (.[0] | id), name: .[0], versionInfo: .[1], supplier: "Organization: Debian",
        downloadLocation: "NOASSERTION", licenseDeclared: "NOASSERTION", licenseConcluded: "NOASSERTION",
        copyrightText: "NOASSERTION", filesAnalyzed: false, primaryPackagePurpose: "LIBRARY",
        sourceInfo: ("built from Debian source " + .[3] + " " + .[4]),
        externalRefs: [{
          referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
          referenceLocator: ("pkg:deb/debian/" + .[0] + "@" + (.[1] | @uri) + "?arch=" + .[2])
        }]
      }]),
    relationships: (
      [{ spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: ($name | id) }]
      + [$rows[] | if .[5] == "DYNAMIC_LINK"
          then { spdxElementId: ($name | id), relationshipType: .[5], relatedSpdxElement: (.[0] | id) }
          else { spdxElementId: (.[0] | id), relationshipType: .[5], relatedSpdxElement: ($name | id) } end])
  }
