#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"
#include "service/family_conventions.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

/// Consumes 2 pixels of border and gives plain zeros, enlarged.
Network without_detail(int scale, const char* origin) {
    Resize enlarge;
    enlarge.coordinates = Resize::Coordinates::asymmetric;
    enlarge.scale_h = scale;
    enlarge.scale_w = scale;
    Network network;
    network.graph = test::chain(3, {Crop{{2, 2, 2, 2}}, enlarge, Affine{{0}, {0}}});
    network.spec.origin = origin;
    describe(*network.graph, network.spec);
    return network;
}

float output_at(const Network& network, const Tensor& in, std::size_t x, std::size_t y) {
    const Tensor out = run_reference(*network.graph, in);
    return out.data[y * static_cast<std::size_t>(out.shape.w) + x];
}

TEST(FamilyConventions, RealCuganByFourOfNcnnIsAddedToTheEnlargedPicture) {
    for (const char* origin : {"models-se/up4x-conservative.param", "up4x-denoise3x.bin"}) {
        Network network = without_detail(4, origin);
        apply_family_conventions("real-cugan", network);
        EXPECT_EQ(network.spec.scale, 4);
        EXPECT_EQ(network.spec.border_px, 2);
        const Tensor in = test::counting({1, 3, 8, 9});
        EXPECT_EQ(output_at(network, in, 0, 0), in.data[2 * 9 + 2]);
        EXPECT_EQ(output_at(network, in, 3, 3), in.data[2 * 9 + 2]);
        EXPECT_EQ(output_at(network, in, 4, 8), in.data[4 * 9 + 3]);
    }
}

TEST(FamilyConventions, OtherScalesAndFilesThatAddThePictureThemselvesAreLeftAlone) {
    for (Network network : {without_detail(2, "up2x-conservative.param"), without_detail(4, "up4x.pth")}) {
        const std::size_t nodes = network.graph->nodes.size();
        apply_family_conventions("real-cugan", network);
        EXPECT_EQ(network.graph->nodes.size(), nodes);
        EXPECT_EQ(network.spec.border_fill, BorderFill::mirror);
    }
    Network other = without_detail(4, "realesrgan-x4plus.param");
    apply_family_conventions("real-esrgan", other);
    EXPECT_EQ(output_at(other, test::counting({1, 3, 8, 9}), 0, 0), 0);
}

TEST(FamilyConventions, Waifu2xSeesEdgePixelsRepeated) {
    for (const char* family : {"waifu2x-cunet", "waifu2x-upconv7"}) {
        Network network = without_detail(2, "scale2.0x_model.param");
        apply_family_conventions(family, network);
        EXPECT_EQ(network.spec.border_fill, BorderFill::repeat) << family;
    }
}

} // namespace
} // namespace kizuna
